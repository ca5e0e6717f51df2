-- What `limits.order` compares. Deliveries that were there before, and those of endpoints without an order, have no key.
ALTER TABLE "deliveries" ADD COLUMN "order_key" TEXT;
ALTER TABLE "deliveries" ADD COLUMN "order_at" BIGINT;
ALTER TABLE "deliveries" ADD COLUMN "order_final" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "deliveries" ADD COLUMN "order_free" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "deliveries" ADD COLUMN "waits_for" TEXT;
ALTER TABLE "deliveries" ADD COLUMN "overtook" TEXT;

-- Partial indexes: what has no key is in neither. The first finds what is not done yet, whatever an order's history.
CREATE INDEX "deliveries_order_open" ON "deliveries"("order_key", "order_at", "event_id") WHERE "order_key" IS NOT NULL AND ("state" = 'pending' OR "state" = 'sending');
CREATE INDEX "deliveries_order_place" ON "deliveries"("order_key", "order_final", "order_at", "event_id") WHERE "order_key" IS NOT NULL;
