"""The shop as conversations see it: one shared base, and what each conversation changed.

A conversation starts from the untouched shop and writes into an overlay of its own, so
that a thousand of them cost no more than what they change. SQLite holds both.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from agent_runtime.domains.retail.canonical import canonical_text, mapping_text
from agent_runtime.domains.retail.documents import KINDS, Kind, Order, Product, User
from agent_runtime.domains.retail.shop import Shop
from agent_runtime.errors import TerminalError, ToolRefusal
from agent_runtime.ledger import RememberedEffects, transaction

_SQL: Final = {path.stem: path.read_text() for path in (Path(__file__).parent / "sql").glob("*.sql")}
_SHARED: Final = ""

Changes = dict[tuple[Kind, str], str]
"""Canonical text of each document that differs from the untouched shop, by kind and id."""


class RetailDatabase:
    """The shop's database: makes a store for each conversation. Use it from one thread.

    Args:
        shop: The untouched shop.
        path: The SQLite file, made if missing; in memory where it is left out.

    Raises:
        TerminalError: The file holds another shop.
    """

    def __init__(self, shop: Shop, path: Path | None = None) -> None:
        self.shop = shop
        self.connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self.connection.executescript(_SQL["schema"])
        RememberedEffects.prepare(self.connection)
        self._pieces = {kind: _Pieces(shop.canonical[kind]) for kind in KINDS}
        self._load(path)

    def store(self, conversation_id: str) -> "RetailStore":
        """What one conversation reads and writes."""
        return RetailStore(self, conversation_id)

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()

    def digest(self, changes: Changes) -> str:
        """SHA-256 of the canonical text of the whole shop with some changes."""
        texts = []
        for kind in KINDS:
            mine = {key: text for (changed, key), text in changes.items() if changed == kind}
            texts.append((kind, self._pieces[kind].text_with(mine)))
        return sha256(mapping_text(texts).encode()).hexdigest()

    def _load(self, path: Path | None) -> None:
        digest = self.digest({})
        held = self.connection.execute("select digest from shop").fetchone()
        if held is None:
            with transaction(self.connection):
                self.connection.executemany(_SQL["insert_document"], self._rows())
                self.connection.execute("insert into shop (digest) values (?)", (digest,))
        elif held[0] != digest:
            raise TerminalError(f"{path} holds another shop: remove it, or give another path")

    def _rows(self) -> Iterator[dict[str, str | int | None]]:
        for kind in KINDS:
            for position, (key, body) in enumerate(self.shop.texts[kind].items()):
                yield {
                    "conversation_id": _SHARED,
                    "kind": kind,
                    "id": key,
                    "position": position,
                    "body": body,
                    **_lookup_keys(kind, json.loads(body)),
                }


class RetailStore:
    """The shop in one conversation.

    Args:
        database: The shop's database.
        conversation_id: Whose overlay to read and write.
    """

    def __init__(self, database: RetailDatabase, conversation_id: str) -> None:
        if conversation_id == _SHARED:
            raise ValueError("a store needs a conversation id that is not empty")
        self.conversation_id = conversation_id
        self._database = database
        self._connection = database.connection
        self._remembered = RememberedEffects(database.connection, conversation_id)

    def text_of(self, kind: Kind, key: str) -> str | None:
        """The JSON text of a document, or None."""
        row = self._one("get_document", kind=kind, id=key)
        return None if row is None else str(row[0])

    def user(self, user_id: str) -> User:
        """A customer; a copy that may be changed and put back.

        Raises:
            ToolRefusal: There is no such customer.
        """
        return cast("User", self._document("users", user_id))

    def order(self, order_id: str) -> Order:
        """An order; a copy that may be changed and put back.

        Raises:
            ToolRefusal: There is no such order.
        """
        return cast("Order", self._document("orders", order_id))

    def product(self, product_id: str) -> Product:
        """A product with all its variants.

        Raises:
            ToolRefusal: There is no such product.
        """
        return cast("Product", self._document("products", product_id))

    def products(self) -> dict[str, str]:
        """Product ids by name, in the order of the source."""
        return dict(self._connection.execute(_SQL["list_products"]))

    def user_id_by_email(self, email: str) -> str | None:
        """The customer with exactly this address."""
        row = self._one("find_user_by_email", email=email)
        return None if row is None else str(row[0])

    def user_id_by_name_zip(self, first_name: str, last_name: str, zip_code: str) -> str | None:
        """The first customer of this name, whatever the case, at this zip code."""
        row = self._one("find_user_by_name_zip", name_zip=_name_zip(first_name, last_name, zip_code))
        return None if row is None else str(row[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen, or none."""
        with transaction(self._connection):
            yield

    def put_user(self, user_id: str, user: User) -> None:
        """Replaces a customer in this conversation."""
        self._put("users", user_id, user)

    def put_order(self, order: Order) -> None:
        """Replaces an order in this conversation."""
        self._put("orders", order["order_id"], order)

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Writes once under a key; see :class:`~agent_runtime.execution.RemembersEffects`."""
        return self._remembered.once(key, act)

    def changes(self) -> Changes:
        """What differs from the untouched shop; equal for two stores in equal states."""
        found: Changes = {}
        for kind, key, body in self._connection.execute(_SQL["changed_documents"], self._scope()):
            text = canonical_text(json.loads(body))
            if text != self._database.shop.canonical[kind][key]:
                found[kind, key] = text
        return found

    def state_digest(self) -> str:
        """SHA-256 of the canonical text of the whole shop as this conversation sees it."""
        return self._database.digest(self.changes())

    def forget(self) -> None:
        """Drops everything that this conversation changed."""
        self._connection.execute(_SQL["forget_conversation"], self._scope())
        self._remembered.forget()

    def _scope(self) -> dict[str, str]:
        return {"conversation_id": self.conversation_id}

    def _one(self, statement: str, **values: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(
            _SQL[statement], self._scope() | values
        ).fetchone()
        return row

    def _document(self, kind: Kind, key: str) -> Any:
        text = self.text_of(kind, key)
        if text is None:
            raise ToolRefusal(f"{kind.removesuffix('s')} not found")
        return json.loads(text)

    def _put(self, kind: Kind, key: str, document: User | Order) -> None:
        values = self._scope() | {"kind": kind, "id": key, "body": json.dumps(document)}
        stored = self._connection.execute(_SQL["put_document"], values | _lookup_keys(kind, document))
        if stored.rowcount != 1:
            raise TerminalError(f"{kind} has no {key!r} to replace: conversations change documents only")


class _Pieces:
    """The canonical text of one kind, cut at its documents so that few need to be rejoined."""

    def __init__(self, canonical: dict[str, str]) -> None:
        self._canonical = canonical
        self._untouched = mapping_text(canonical.items())

    def text_with(self, changes: dict[str, str]) -> str:
        return mapping_text((self._canonical | changes).items()) if changes else self._untouched


def _lookup_keys(kind: Kind, document: Any) -> dict[str, str | None]:
    if kind != "users":
        return {"email": None, "name_zip": None}
    name = document["name"]
    where = _name_zip(name["first_name"], name["last_name"], document["address"]["zip"])
    return {"email": document["email"], "name_zip": where}


def _name_zip(first_name: str, last_name: str, zip_code: str) -> str:
    return json.dumps([first_name.lower(), last_name.lower(), zip_code])
