"""What the names of columns and tables mean: words taken apart and sorted by what they stand for.

The lists hold words that shop systems, card issuers and spreadsheets use for the same thing, in
English and in the commonest forms of German, French, Spanish, Italian and Dutch.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Meaning = Literal[
    "customer", "order", "product", "line", "id", "date", "quantity", "price", "cost", "amount",
    "discount", "status", "category", "name", "contact", "birth", "gender", "personal_trait",
    "standing", "place", "tier", "text", "count", "days", "months", "years", "outcome", "signup",
    "shipping", "list", "mean", "share", "position",
]  # fmt: skip
"""What a word in a name may stand for."""

_WORDS: Final[dict[Meaning, str]] = {
    "customer": "customer customers cust client clients user users member members shopper"
    " buyer buyers account consumer cardholder subscriber guest kunde kunden kundin cliente"
    " clienti klant klanten acheteur",
    "order": "order orders invoice invoices inv transaction transactions trans txn receipt"
    " receipts bill bills basket baskets purchase sale bestellung bestellungen rechnung"
    " auftrag pedido factura commande facture ordine bon beleg",
    "product": "product products prod item items sku article articles stock track asin upc ean"
    " artikel produkt produkte producto produit prodotto merchandise material",
    "line": "line lines row rows record records lineitem zeile position lines",
    "id": "id ids key keys no number nr num code codes uid uuid guid ref reference identifier"
    " nummer numero",
    "date": "date day datetime time timestamp dt datum fecha data jour zeit tag when on at",
    "quantity": "quantity quantities qty units unit pieces pcs menge anzahl cantidad quantite"
    " quantita aantal stueck stuck",
    "price": "price prices unitprice rate preis precio prix prezzo prijs tariff",
    "cost": "cost costs cogs kosten",
    "amount": "amount amt total sales revenue value spend spending spent turnover net gross"
    " subtotal umsatz betrag importe montant importo bedrag charges charge payment paid mnt"
    " monetary dollar dollars euro euros eur usd gbp income salary balance purchases limit"
    " payments wert summe",
    "discount": "discount discounts rebate promo promotion rabatt descuento remise sconto"
    " markdown coupon",
    "status": "status fulfilment fulfillment delivered",
    "category": "category categories categ genre type kind department dept group class family"
    " kategorie categoria categorie warengruppe subcategory brand",
    "name": "name names firstname lastname surname fullname forename vorname nachname nombre"
    " nom prefix salutation company",
    "contact": "email mail phone mobile telephone fax address street strasse adresse iban ssn"
    " tel handy ip",
    "birth": "birth birthday birthdate dob born geburt geburts geburtsdatum geburtstag nacimiento"
    " naissance nascita geboorte",
    "gender": "gender sex geschlecht sexe sexo genero",
    "personal_trait": "age marital marriage married religion ethnicity race disability senior"
    " nationality partner dependents spouse alter health",
    "standing": "income salary education occupation job profession children child kids kidhome"
    " teenhome teen kid household homeowner owner home family einkommen bildung beruf",
    "place": "country city state region province county territory zip postcode postal plz land"
    " ort stadt pays ville pais ciudad area zone district continent market",
    "tier": "tier level grade rank loyalty status_tier stufe",
    "text": "description desc comment comments note notes remark remarks text message url link"
    " image picture photo bemerkung beschreibung composer",
    "count": "count num number trx times visits visit orders purchases clicks sessions anzahl"
    " deals",
    "days": "days recency day tage dias jours",
    "months": "months month tenure monate meses mois",
    "years": "years year jahre jahr annee anno ano jaar",
    "outcome": "churn churned churnlabel target label response converted conversion outcome"
    " cluster prediction predicted complain",
    "signup": "signup registered registration joined join created since enrolled customer"
    " member opened activation angelegt registriert",
    "shipping": "ship shipped shipping delivery delivered stock due dispatch billing updated"
    " modified lieferung expiry end expected",
    "list": "list base retail msrp standard catalog catalogue recommended",
    "mean": "mean average avg median",
    "share": "share percent percentage pct ratio frequency prc proportion quote",
    "position": "latitude longitude lat lon lng",
}  # fmt: skip

MEANINGS: Final = {meaning: frozenset(words.split()) for meaning, words in _WORDS.items()}
"""By meaning: the words, in small letters and without accents."""

_KNOWN: Final = frozenset(word for words in MEANINGS.values() for word in words if len(word) > 2)
_ENDINGS: Final = (
    *("nummer", "number", "code", "key", "id", "no", "nr"),
    *("date", "datum", "time", "price", "preis", "prijs", "name", "amount", "status"),
    *("jahr", "jaar"),
)

_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_BRACKETS: Final = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_ACCENTS: Final = str.maketrans("àáâäçèéêëìíîïñòóôöùúûüß", "aaaaceeeeiiiinoooouuuus")


def words_of(name: str) -> tuple[str, ...]:
    """Take a name apart into its words, in small letters and without accents.

    >>> words_of("CustomerID"), words_of("number_of_cds"), words_of("Annual Income (k$)")
    (('customer', 'id'), ('number', 'of', 'cds'), ('annual', 'income', 'k'))
    >>> words_of("kundennummer"), words_of("orderdate")
    (('kunden', 'nummer'), ('order', 'date'))
    """
    plain = "".join(part if part.isascii() else part.lower().translate(_ACCENTS) for part in name)
    return tuple(word for part in _PART.findall(plain) for word in _taken_apart(part.lower()))


def _taken_apart(word: str) -> tuple[str, ...]:
    """Two words written as one, as in "customerid", where both are known."""
    for ending in _ENDINGS:
        begin = word.removesuffix(ending)
        if begin != word and begin in _KNOWN:
            return (begin, ending)
    return (word,)


def meanings_of(name: str) -> frozenset[Meaning]:
    """Return everything that the words of a name may stand for.

    >>> sorted(meanings_of("invoice_no"))
    ['id', 'order']
    """
    words = set(words_of(name))
    whole = "".join(words_of(name))
    return frozenset(
        meaning for meaning, known in MEANINGS.items() if known & words or whole in known
    )


def plain_words(name: str) -> str:
    """Write a name as the words of a canonical name.

    What stands in brackets, such as a unit, is left out.

    >>> plain_words("Spending Score (1-100)"), plain_words("CustomerID"), plain_words("2nd (%)")
    ('spending_score', 'customer_id', 'column_2_nd')
    """
    joined = "_".join(words_of(_BRACKETS.sub(" ", name)) or words_of(name))
    return joined if joined[:1].isalpha() else f"column_{joined}".rstrip("_")


def singular(word: str) -> str:
    """Take the ending of an English plural away.

    >>> singular("towns"), singular("categories"), singular("address")
    ('town', 'category', 'address')
    """
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
