-- How much went through, for the overview, and what finds lanes and endpoints in trouble.
CREATE TABLE "traffic" (
    "customer_id" TEXT NOT NULL,
    "period" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "events" BIGINT NOT NULL DEFAULT 0,
    "deliveries" BIGINT NOT NULL DEFAULT 0,
    "delivered" BIGINT NOT NULL DEFAULT 0,
    "failed" BIGINT NOT NULL DEFAULT 0,
    "failed_attempts" BIGINT NOT NULL DEFAULT 0,

    PRIMARY KEY ("customer_id", "period", "at")
);

CREATE INDEX "traffic_period_at_idx" ON "traffic"("period", "at");
CREATE INDEX "lanes_customer_id_idx" ON "lanes"("customer_id");

-- Partial indexes: what is well is in neither, and is not asked about.
CREATE INDEX "lanes_trouble" ON "lanes"("customer_id", "id") WHERE "failing_since" IS NOT NULL OR "held_reason" IS NOT NULL OR "held_until" IS NOT NULL OR "given_up_at" IS NOT NULL;
CREATE INDEX "endpoints_stopped" ON "endpoints"("customer_id", "id") WHERE "state" <> 'active' AND "deleted_at" IS NULL;
