/** "Lane L has work due at T": all that the queue carries. */
export interface WakeUp {
  readonly laneId: string;
  /** Epoch milliseconds; in the past means now. */
  readonly at: number;
}

/** Whether the queue carries wake-ups now, in a sentence for people. */
export interface QueueState {
  readonly ok: boolean;
  readonly detail: string;
}

/** Carries wake-ups. One may come twice, late, or after the work is done; none is lost for longer than the sweep. */
export interface Queue {
  wake(wakeUps: readonly WakeUp[]): void;
  /** Calls `handler` for each lane that is due, in one of the processes that work; called once. */
  work(handler: (laneId: string) => void): void;
  /** Hands a lane to the process that holds it: its handler is called. */
  pass(processId: string, laneId: string): void;
  /** Calls `handler` no more: wake-ups go to the processes that go on. Those of this one are still added. */
  rest(): Promise<void>;
  /** Wake-ups that wait in this process. */
  waiting(): number;
  state(): QueueState;
  close(): Promise<void>;
}
