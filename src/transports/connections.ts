/** Filled in by the transports: kept connections, leased one at a time, and HTTP agents, all bounded. */
