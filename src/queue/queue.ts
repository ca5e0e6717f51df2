/** "Lane L has work due at T": all that the queue carries. */
export interface WakeUp {
  readonly laneId: string;
  /** Epoch milliseconds; in the past means now. */
  readonly at: number;
}

/** Carries wake-ups. One may come twice, late, or after the work is done; none is lost for longer than the sweep. */
export interface Queue {
  wake(wakeUps: readonly WakeUp[]): void;
  /** Calls `handler` for each lane that is due; called once. */
  work(handler: (laneId: string) => void): void;
  /** Wake-ups that wait in this process. */
  waiting(): number;
  close(): Promise<void>;
}
