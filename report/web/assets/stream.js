// The live connection: frames once a second, and what to do when it breaks.

const patience = 12_000; // ms without a sign of life before the connection counts as lost
const slowest = 10_000; // ms between two attempts
const peep = 60_000; // ms between two looks of a hidden page, whose title says how the run goes
const first = 3000; // ms that the first frame of a new connection may take: it is sent at once

const refusals = {
  401: "The server asks for a password. Load the page again.",
  403: "The server takes this page for a foreign one. Behind a proxy that changes the Host header it must trust this origin (--web-trusted-origins).",
  503: "There are too many viewers. Trying again…",
};
const heldBack = "The server answers, but its live figures do not arrive. A proxy on the way holds them back: it must not buffer api/events.";

export class Stream {
  /** onFrame(frame); onLost(lost, since, why): whether the connection is lost, since when (ms since 1970), and why if the server told. onBeat(): nothing moves, but the connection lives. */
  constructor(address, onFrame, onLost, onBeat) {
    Object.assign(this, { address, onFrame, onLost, onBeat });
    this.lost = false;
    this.heard = Date.now();
    this.wait = 1000;
    this.open();
    setInterval(() => this.watch(), 1000);
    document.addEventListener("visibilitychange", () => this.rest());
  }

  open() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = new EventSource(this.address);
    this.source.addEventListener("frame", (event) => {
      this.alive();
      this.onFrame(JSON.parse(event.data));
      if (this.resting) this.source.close();
    });
    this.source.addEventListener("beat", () => {
      this.alive();
      this.onBeat();
    });
    this.source.addEventListener("error", () => this.broken());
  }

  alive() {
    this.heard = Date.now();
    this.wait = 1000;
    this.why = undefined;
    if (this.lost) this.tell(false);
  }

  /** The browser tries again by itself unless the server has refused. */
  broken() {
    if (this.resting) return;
    this.tell(true);
    if (this.source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(slowest, this.wait * 2);
    this.ask();
  }

  /** Asks why the server refuses: an EventSource keeps that to itself. */
  async ask() {
    const end = new AbortController();
    try {
      const answer = await fetch(this.address, { signal: end.signal });
      this.why = refusals[answer.status];
    } catch { this.why = undefined; } // no answer
    end.abort();
    if (this.lost) this.tell(true);
  }

  /** A connection can hang without an error. */
  watch() {
    if (this.lost) this.tell(true);
    else if (!this.resting && Date.now() - this.heard > patience) {
      this.tell(true);
      this.open();
      this.retry = setTimeout(() => this.suspect(), first);
    }
  }

  /** A new connection is as silent as the last: asks whether the server is there at all. */
  async suspect() {
    try {
      const answer = await fetch("healthz", { signal: AbortSignal.timeout(first) });
      if (!answer.ok || !this.lost) return;
      this.why = heldBack;
      this.tell(true);
    } catch { /* no answer: the connection is lost */ }
  }

  tell(lost) {
    this.lost = lost;
    this.onLost(lost, this.heard, this.why);
  }

  /** A hidden page costs the generator next to nothing: a frame a minute, for its title. */
  rest() {
    clearTimeout(this.sleep);
    clearInterval(this.peeps);
    if (document.hidden) {
      this.sleep = setTimeout(() => {
        this.resting = true;
        this.source.close();
        this.peeps = setInterval(() => this.open(), peep);
      }, 30_000);
    } else if (this.resting) {
      this.resting = false;
      this.heard = Date.now();
      this.open();
    }
  }
}
