-- How long a customer's events, and what was sent, are kept.
ALTER TABLE "customers" ADD COLUMN "retention_days" INTEGER;
ALTER TABLE "customers" ADD COLUMN "payload_days" INTEGER;

ALTER TABLE "events" ADD COLUMN "payload_forgotten_at" BIGINT;
ALTER TABLE "events" ADD COLUMN "overdue" INTEGER;

-- Who keeps the body of a batch: one that is deleted hands it on.
ALTER TABLE "attempts" ADD COLUMN "keeper" TEXT COLLATE "C";
ALTER TABLE "attempts" ADD COLUMN "forgotten_at" BIGINT;
UPDATE "attempts" SET "keeper" = "report"::json #>> '{batch,keeper}'
  WHERE "report" LIKE '%"batch":%' AND "report"::json #>> '{batch,keeper}' <> "delivery_id";

-- CreateTable
CREATE TABLE "loose_contents" (
    "sha256" TEXT COLLATE "C" NOT NULL,
    "since" BIGINT NOT NULL,

    CONSTRAINT "loose_contents_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "purges" (
    "id" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "order_hash" TEXT COLLATE "C",
    "order_number" TEXT COLLATE "C",
    "requested_by" TEXT COLLATE "C" NOT NULL,
    "requested_at" BIGINT NOT NULL,
    "emptied_at" BIGINT,
    "finished_at" BIGINT,
    "counts" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "purges_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "loose_contents_since_idx" ON "loose_contents"("since");

CREATE INDEX "events_overdue" ON "events"("id") WHERE "overdue" IS NOT NULL;
CREATE INDEX "attempts_keeper" ON "attempts"("keeper") WHERE "keeper" IS NOT NULL;
