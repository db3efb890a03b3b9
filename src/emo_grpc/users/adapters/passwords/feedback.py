"""What zxcvbn says of passwords, in the languages of this service. By its English words, all that version 4.5 has."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

OWN_NAMES: Final = "Your own names and addresses are easy to guess."
"""Ours: zxcvbn says nothing of the words that it was given."""

SPANISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        OWN_NAMES: "Tus propios nombres y direcciones son fáciles de adivinar.",
        "Straight rows of keys are easy to guess.": "Las filas de teclas seguidas son fáciles de adivinar.",
        "Short keyboard patterns are easy to guess.": "Los recorridos cortos por el teclado son fáciles de adivinar.",
        'Repeats like "aaa" are easy to guess.': "Las repeticiones como «aaa» son fáciles de adivinar.",
        'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': (
            "Las repeticiones como «abcabcabc» apenas son más difíciles de adivinar que «abc»."
        ),
        'Sequences like "abc" or "6543" are easy to guess.': (
            "Las secuencias como «abc» o «6543» son fáciles de adivinar."
        ),
        "Recent years are easy to guess.": "Los años recientes son fáciles de adivinar.",
        "Dates are often easy to guess.": "Las fechas suelen ser fáciles de adivinar.",
        "This is a top-10 common password.": "Es una de las diez contraseñas más usadas.",
        "This is a top-100 common password.": "Es una de las cien contraseñas más usadas.",
        "This is a very common password.": "Es una contraseña muy usada.",
        "This is similar to a commonly used password.": "Se parece a una contraseña muy usada.",
        "A word by itself is easy to guess.": "Una sola palabra es fácil de adivinar.",
        "Names and surnames by themselves are easy to guess.": (
            "Los nombres y apellidos por sí solos son fáciles de adivinar."
        ),
        "Common names and surnames are easy to guess.": "Los nombres y apellidos corrientes son fáciles de adivinar.",
        "Use a few words, avoid common phrases.": "Usa varias palabras y evita las frases hechas.",
        "No need for symbols, digits, or uppercase letters.": "No hacen falta símbolos, cifras ni mayúsculas.",
        "Add another word or two. Uncommon words are better.": (
            "Añade una o dos palabras más, mejor si son poco corrientes."
        ),
        "Use a longer keyboard pattern with more turns.": "Haz un recorrido más largo por el teclado, con más giros.",
        "Avoid repeated words and characters.": "Evita repetir palabras y caracteres.",
        "Avoid sequences.": "Evita las secuencias.",
        "Avoid recent years.": "Evita los años recientes.",
        "Avoid years that are associated with you.": "Evita los años que tengan que ver contigo.",
        "Avoid dates and years that are associated with you.": (
            "Evita las fechas y los años que tengan que ver contigo."
        ),
        "Capitalization doesn't help very much.": "Empezar con mayúscula ayuda poco.",
        "All-uppercase is almost as easy to guess as all-lowercase.": (
            "Todo en mayúsculas es casi tan fácil de adivinar como todo en minúsculas."
        ),
        "Reversed words aren't much harder to guess.": "Las palabras al revés apenas son más difíciles de adivinar.",
        "Predictable substitutions like '@' instead of 'a' don't help very much.": (
            "Los cambios previsibles, como «@» en lugar de «a», ayudan poco."
        ),
    }
)

CATALAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        OWN_NAMES: "Els teus propis noms i adreces són fàcils d'endevinar.",
        "Straight rows of keys are easy to guess.": "Les fileres de tecles seguides són fàcils d'endevinar.",
        "Short keyboard patterns are easy to guess.": "Els recorreguts curts pel teclat són fàcils d'endevinar.",
        'Repeats like "aaa" are easy to guess.': "Les repeticions com «aaa» són fàcils d'endevinar.",
        'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': (
            "Les repeticions com «abcabcabc» amb prou feines són més difícils d'endevinar que «abc»."
        ),
        'Sequences like "abc" or "6543" are easy to guess.': (
            "Les seqüències com «abc» o «6543» són fàcils d'endevinar."
        ),
        "Recent years are easy to guess.": "Els anys recents són fàcils d'endevinar.",
        "Dates are often easy to guess.": "Les dates solen ser fàcils d'endevinar.",
        "This is a top-10 common password.": "És una de les deu contrasenyes més usades.",
        "This is a top-100 common password.": "És una de les cent contrasenyes més usades.",
        "This is a very common password.": "És una contrasenya molt usada.",
        "This is similar to a commonly used password.": "S'assembla a una contrasenya molt usada.",
        "A word by itself is easy to guess.": "Una sola paraula és fàcil d'endevinar.",
        "Names and surnames by themselves are easy to guess.": "Els noms i cognoms tots sols són fàcils d'endevinar.",
        "Common names and surnames are easy to guess.": "Els noms i cognoms corrents són fàcils d'endevinar.",
        "Use a few words, avoid common phrases.": "Fes servir unes quantes paraules i evita les frases fetes.",
        "No need for symbols, digits, or uppercase letters.": "No calen símbols, xifres ni majúscules.",
        "Add another word or two. Uncommon words are better.": (
            "Afegeix-hi una o dues paraules més, millor si són poc corrents."
        ),
        "Use a longer keyboard pattern with more turns.": "Fes un recorregut més llarg pel teclat, amb més girs.",
        "Avoid repeated words and characters.": "Evita repetir paraules i caràcters.",
        "Avoid sequences.": "Evita les seqüències.",
        "Avoid recent years.": "Evita els anys recents.",
        "Avoid years that are associated with you.": "Evita els anys que tinguin a veure amb tu.",
        "Avoid dates and years that are associated with you.": "Evita les dates i els anys que tinguin a veure amb tu.",
        "Capitalization doesn't help very much.": "Començar amb majúscula ajuda poc.",
        "All-uppercase is almost as easy to guess as all-lowercase.": (
            "Tot en majúscules és gairebé tan fàcil d'endevinar com tot en minúscules."
        ),
        "Reversed words aren't much harder to guess.": (
            "Les paraules a l'inrevés amb prou feines són més difícils d'endevinar."
        ),
        "Predictable substitutions like '@' instead of 'a' don't help very much.": (
            "Els canvis previsibles, com «@» en lloc de «a», ajuden poc."
        ),
    }
)

LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"en": {}, "es": SPANISH, "ca": CATALAN})


def in_all_languages(words: Sequence[str]) -> dict[str, str]:
    """These sentences in a row, by language; what is not known stays English."""
    return {locale: " ".join(known.get(each, each) for each in words) for locale, known in LANGUAGES.items()}
