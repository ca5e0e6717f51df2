-- What the pages search by. An event without a reference or barcode is in neither of its indexes. References stay in the
-- JSON, where processes of the version before write it too.
CREATE INDEX "events_reference" ON "events"(("body" ->> '$.reference'), "id") WHERE ("body" ->> '$.reference') IS NOT NULL;
CREATE INDEX "orders_reference" ON "orders"(("details" ->> '$.reference'), "customer_id", "number") WHERE ("details" ->> '$.reference') IS NOT NULL;
CREATE INDEX "events_barcode" ON "events"("barcode", "id") WHERE "barcode" <> '';
-- As deliveries_review for what has failed.
CREATE INDEX "deliveries_canceled" ON "deliveries"("id") WHERE "state" = 'canceled';
