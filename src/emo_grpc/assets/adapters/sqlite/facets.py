"""What assets can be filtered by, on SQLite.

`asset_facets` has a row for everything that an asset can be filtered by, in the default order; how many assets have a
facet is counted, so that a list can begin with the rarest. With the sort keys that is about 25 short entries of
indexes, 2 KB, for an asset with three tags: lists are read far more often than assets are made, and next to the file of
an asset they are nothing. Triggers keep the counters.
"""

from typing import Final

FACETS: Final = """
CREATE TABLE IF NOT EXISTS asset_facets (
    owner_id BLOB NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    asset_id BLOB NOT NULL,
    PRIMARY KEY (owner_id, facet, value, create_time, asset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS asset_facet_counts (
    owner_id BLOB NOT NULL,
    facet TEXT NOT NULL,
    value TEXT NOT NULL,
    asset_count INTEGER NOT NULL,
    PRIMARY KEY (owner_id, facet, value)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS asset_facet_added AFTER INSERT ON asset_facets BEGIN
    INSERT INTO asset_facet_counts (owner_id, facet, value, asset_count) VALUES (NEW.owner_id, NEW.facet, NEW.value, 1)
        ON CONFLICT DO UPDATE SET asset_count = asset_count + 1;
END;
CREATE TRIGGER IF NOT EXISTS asset_facet_removed AFTER DELETE ON asset_facets BEGIN
    UPDATE asset_facet_counts SET asset_count = asset_count - 1
        WHERE owner_id = OLD.owner_id AND facet = OLD.facet AND value = OLD.value;
    DELETE FROM asset_facet_counts
        WHERE owner_id = OLD.owner_id AND facet = OLD.facet AND value = OLD.value AND asset_count = 0;
END;
"""
