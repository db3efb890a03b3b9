"""What is wrong with a field, in the words of who typed it."""

import grpc
import pytest

from unit.cli.conftest import Emo, admin
from unit.client.fake_server import Failure, World

ID = "6f2c1d5e-0b7a-4c1e-9d55-0a5c2f3e4b6d"


CASES = [
    (("activate", "x"), "ActivateUser", "activation_token", "TOKEN"),
    (("login", "ann"), "Login", "username", "USER"),
    (("login", "a@b"), "Login", "email", "USER"),
    (("login", "ann"), "Login", "device_id", "this machine's name"),
    (("register", "ann", "--email", "x"), "RegisterUser", "email", "--email"),
    (("register", "ann", "--email", "x"), "RegisterUser", "username", "USERNAME"),
    (("register", "ann", "--email", "x", "--locale", "?"), "RegisterUser", "locale", "--locale"),
    (("register", "ann", "--email", "x"), "RegisterUser", "password", "password"),
    (("sessions", "--revoke", "x"), "RevokeSession", "session_id", "--revoke"),
    (("show", ID), "GetAsset", "asset_id", "ASSET_ID"),
    (("rm", "-y", ID), "BatchDeleteAssets", "asset_ids[0]", "ASSET_ID"),
    (("ls", "--order-by", "x"), "ListAssets", "order_by", "--order-by"),
    (("ls", "--tag", "x", "--type", "x"), "ListAssets", "filter.content_types[0]", "--type"),
    (("ls", "lake"), "ListAssets", "filter.text", "TEXT"),
    (("ls", "--place", "x"), "ListAssets", "filter.location", "--place"),
    (("ls", "--folder", "x"), "ListAssets", "filter.folder", "--folder"),
    (("ls", "--kind", "photo"), "ListAssets", "filter.kinds", "--kind"),
    (("ls", "--from", "1994"), "ListAssets", "filter.event_date_from", "--from"),
    (("ls", "--to", "1994"), "ListAssets", "filter.event_date_to", "--to"),
    (("ls", "--has", "tags"), "ListAssets", "filter.present_fields", "--has"),
    (("ls", "--without", "tags"), "ListAssets", "filter.absent_fields", "--without"),
    (("ls", "--filter", "x"), "ListAssets", "filter.expression", "--filter"),
    (("ls", "--sort", "size"), "ListAssets", "order_by", "--sort"),
    (("edit", ID, "--title", "x"), "BatchUpdateAssets", "asset.title", "--title"),
    (("edit", ID, "--tag", "x"), "BatchUpdateAssets", "asset.tags[1]", "--tag"),
    (("edit", ID, "--name", "x"), "BatchUpdateAssets", "asset.file.name", "--name"),
    (("edit", ID, "--add-person", "x"), "BatchUpdateAssets", "add_people[0]", "--add-person"),
    (("edit", ID, "--remove-tag", "x", "--add-tag", "x"), "BatchUpdateAssets", "remove_tags", "--remove-tag"),
    (("edit", ID, "--into", "x"), "BatchUpdateAssets", "asset.folder", "--into"),
    (("rm", "-y", "--kind", "photo"), "ListAssets", "filter.kinds", "--kind"),
    (("upload", __file__, "--person", "x"), "CreateAsset", "asset.people", "--person"),
    (("upload", __file__), "CreateAsset", "asset.file.name", "file's name"),
    (("show", ID), "GetAsset", "of.another.release", "of.another.release"),
]


@pytest.mark.parametrize("case", CASES)
def test_a_field_has_the_name_of_what_was_typed(
    ann: Emo, world: World, case: tuple[tuple[str, ...], str, str, str]
) -> None:
    """The argument's or the option's, and else a word of everybody's."""
    typed, rpc, field, called = case
    found = {field: "is odd"}
    world.failures[rpc] = [
        Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", f"{field}: is odd", violations=found)
    ]
    done = ann(*typed)
    assert (done.exit_code, done.stdout, done.stderr) == (6, "", f"emo: {called}: is odd\n")


def test_several_fields_and_those_of_new_passwords(ann: Emo, world: World) -> None:
    """Each by its own."""
    both = {"old_password": "is odd", "new_password": "must not be blank"}
    sentence = "; ".join(f"{field}: {description}" for field, description in both.items())
    world.failures["ChangePassword"] = [
        Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", sentence, violations=both)
    ]
    done = ann("passwd", "--password-stdin", stdin="a\nb\n")
    assert done.stderr == "emo: current password: is odd; new password: must not be blank\n"


def test_a_sentence_of_another_kind_stays(ann: Emo, world: World) -> None:
    """Of a server that has more to say than what each field lacks."""
    world.failures["GetMe"] = [
        Failure(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "bad", violations={"email": "is odd"})
    ]
    assert ann("me").stderr == "emo: bad\n"


@pytest.mark.usefixtures("data_folder")
def test_fields_of_what_an_operator_types() -> None:
    """Have the names that its help has."""
    assert admin("create-user", "root", "root@example.org").exit_code == 0
    done = admin("create-user", "A", "b")
    assert done.exit_code == 6
    assert done.stderr.startswith("emo: USERNAME: must have 3 to 32 characters")
    assert "; EMAIL: must be an e-mail address" in done.stderr
    assert admin("verify", "--asset", "x").stderr.startswith("emo: --asset: must be a UUID")
