/**
 * A scheduler of little machines that send each other parcels: small objects, linked queues,
 * calls whose target depends on the class.
 */
class Parcel {
  constructor(kind, value, next) {
    this.kind = kind;
    this.value = value;
    this.next = next;
  }
}

class Worker {
  constructor(id) {
    this.id = id;
    this.queue = null;
    this.handled = 0;
    this.state = id + 1;
  }

  accept(parcel) {
    parcel.next = this.queue;
    this.queue = parcel;
  }

  work(scheduler) {
    const parcel = this.queue;
    if (parcel === null) return false;
    this.queue = parcel.next;
    parcel.next = null;
    this.handled += 1;
    this.handle(parcel, scheduler);
    return true;
  }
}

class Adder extends Worker {
  handle(parcel, scheduler) {
    this.state = (this.state + parcel.value) & 0xffff;
    parcel.value = this.state;
    scheduler.send((this.id + 1) % scheduler.workers.length, parcel);
  }
}

class Mixer extends Worker {
  handle(parcel, scheduler) {
    this.state = (this.state * 33) ^ parcel.value;
    parcel.value = this.state & 0x7fff;
    scheduler.send((this.id + (parcel.value & 3) + 1) % scheduler.workers.length, parcel);
  }
}

class Keeper extends Worker {
  constructor(id) {
    super(id);
    this.kept = [];
  }

  handle(parcel, scheduler) {
    this.kept.push(new Parcel(parcel.kind, parcel.value, null));
    if (this.kept.length > 40) this.kept = this.kept.filter(({ value }) => (value & 1) === 0).slice(0, 20);
    parcel.kind = this.kept.length;
    scheduler.send((this.id + 2) % scheduler.workers.length, parcel);
  }
}

class Scheduler {
  constructor(seed) {
    const kinds = [Adder, Mixer, Keeper, Adder, Mixer, Adder];
    this.workers = kinds.map((Kind, id) => new Kind(id));
    for (let i = 0; i < 12; i += 1) this.send(i % kinds.length, new Parcel(i, seed + i * 17, null));
  }

  send(id, parcel) {
    this.workers[id].accept(parcel);
  }

  run(turns) {
    for (let left = turns; left > 0; ) {
      for (const worker of this.workers) if (worker.work(this)) left -= 1;
    }
    return this.workers.reduce((sum, { handled, state }) => (sum * 7 + handled + state) % 1_000_003, 0);
  }
}

export const objects = (step) => new Scheduler(step).run(30_000);
