-- Whose details are to be forgotten: those without any are not in it.
CREATE INDEX "orders_details" ON "orders"("updated_at", "customer_id", "number") WHERE "details" <> '{}';
