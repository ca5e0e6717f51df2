-- How long a customer's events, and what was sent, are kept.
ALTER TABLE "customers" ADD COLUMN "retention_days" INTEGER;
ALTER TABLE "customers" ADD COLUMN "payload_days" INTEGER;

ALTER TABLE "events" ADD COLUMN "payload_forgotten_at" BIGINT;
ALTER TABLE "events" ADD COLUMN "overdue" INTEGER;

-- Who keeps the body of a batch: one that is deleted hands it on.
ALTER TABLE "attempts" ADD COLUMN "keeper" TEXT;
ALTER TABLE "attempts" ADD COLUMN "forgotten_at" BIGINT;
UPDATE "attempts" SET "keeper" = "report" ->> '$.batch.keeper'
  WHERE "report" LIKE '%"batch":%' AND "report" ->> '$.batch.keeper' <> "delivery_id";

-- CreateTable
CREATE TABLE "loose_contents" (
    "sha256" TEXT NOT NULL PRIMARY KEY,
    "since" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "purges" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "customer_id" TEXT NOT NULL,
    "order_hash" TEXT,
    "order_number" TEXT,
    "requested_by" TEXT NOT NULL,
    "requested_at" BIGINT NOT NULL,
    "emptied_at" BIGINT,
    "finished_at" BIGINT,
    "counts" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "loose_contents_since_idx" ON "loose_contents"("since");

CREATE INDEX "events_overdue" ON "events"("id") WHERE "overdue" IS NOT NULL;
CREATE INDEX "attempts_keeper" ON "attempts"("keeper") WHERE "keeper" IS NOT NULL;
