"""A history to look at: a shop of 13 node types, with branches, a merge, renames, a query and a squash."""

from __future__ import annotations

import yaml

from nsmig import History, Kind, Schema, diff
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    CreateType,
    DropProperty,
    ExtendKey,
    Operation,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import Migration
from support.migrations import migration

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

SCHEMA = """
nodes:
- {name: Customer, properties: {email: {is_key: true}, name: {is_indexed: true}, birthday: DATE, created_at: DATETIME}}
- {name: Address, properties: {id: {is_key: true}, street: STRING, postcode: STRING}}
- {name: City, properties: {name: {is_key: true}, country: {is_key: true}}}
- {name: Order, properties: {number: {is_key: true}, placed_at: {type: DATETIME, is_indexed: true}, status: STRING}}
- {name: Product, properties: {sku: {is_key: true}, name: {is_indexed: true}, price: FLOAT}}
- {name: Category, properties: {slug: {is_key: true}, title: STRING}}
- {name: Review, properties: {id: {is_key: true}, stars: INTEGER, text: STRING}}
- {name: Supplier, properties: {vat: {is_key: true}, name: STRING}}
- {name: Warehouse, properties: {code: {is_key: true}}}
- {name: Shipment, properties: {tracking: {is_key: true}, sent_at: DATETIME}}
- {name: Invoice, properties: {number: {is_key: true}, total: FLOAT, due: DATE}}
- {name: Voucher, properties: {code: {is_key: true}, percent: INTEGER}}
relationships:
- {name: LIVES_AT, from: Customer, to: Address, properties: {since: DATE}}
- {name: IN, from: [Address, Warehouse], to: City}
- {name: PLACED, from: Customer, to: Order}
- {name: CONTAINS, from: Order, to: Product, properties: {quantity: INTEGER}}
- {name: BELONGS_TO, from: Product, to: Category}
- {name: PART_OF, from: Category, to: Category}
- {name: WROTE, from: Customer, to: Review}
- {name: ABOUT, from: Review, to: Product}
- {name: SUPPLIES, from: Supplier, to: Product, properties: {price: FLOAT}}
- {name: STORES, from: Warehouse, to: Product, properties: {amount: INTEGER}}
- {name: SHIPS, from: Shipment, to: Order}
- {name: SENT_FROM, from: Shipment, to: Warehouse}
- {name: BILLS, from: Invoice, to: Order}
- {name: USED, from: Order, to: Voucher}
"""

LOYALTY: list[Operation] = [
    CreateType(NODE, "Tier", ("name",), ("discount",)),
    SetPropertyType(NODE, "Tier", "discount", "FLOAT"),
    CreateType(RELATIONSHIP, "HAS_TIER", (), ()),
    AddAdjacency("Customer", "HAS_TIER", "Tier"),
]
BACKFILL: list[Operation] = [
    RunQuery("MATCH (c:Customer) WHERE c.created_at IS NULL\nSET c.created_at = datetime()"),
    DropProperty(NODE, "Review", "text"),
    ExtendKey(NODE, "Invoice", "due", "1970-01-01"),
]


def migrations() -> list[Migration]:
    start = migration("20240105090000_start", diff(Schema(), Schema.from_dict(yaml.safe_load(SCHEMA))))
    loyalty = migration("20240212101500_loyalty", LOYALTY, [start.name])
    renaming = [RenameType(NODE, "Voucher", "Coupon"), RenameProperty(NODE, "Coupon", "percent", "discount")]
    coupons = migration("20240214083000_coupons", renaming, [start.name])
    shares = [SetPropertyType(NODE, "Coupon", "discount", "FLOAT")]
    discounts = migration("20240220083000_discounts", shares, [coupons.name])
    index = [AddIndex(NODE, "Coupon", "discount")]
    joined = migration("20240301120000_join", index, [loyalty.name, discounts.name])
    backfill = migration("20240310120000_backfill", BACKFILL, [joined.name])
    return [start, loyalty, coupons, discounts, joined, backfill]


def shop() -> History:
    """With a squash of a branch, of which nothing can be saved."""
    plain = migrations()
    squash = History(plain).squash("20240214083000_coupons", "20240220083000_discounts", name="coupons_squashed")
    return History([*plain, squash])
