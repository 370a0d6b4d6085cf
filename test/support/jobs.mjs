/** The jobs that `inVcpuThread` can run. Each takes plain data and gives plain data. */
import { parentPort, workerData } from 'node:worker_threads';
import { checkpointAfter, goLiveAfter, imageOf, record, replay, turnBoundaries } from './life.mjs';

const jobs = {
  /**
   * Records, replays, clones at some turns, goes live at some positions; every hash
   * that must be equal is compared here.
   */
  torture({ guest, inputs = [], after = [], clones = 5, cuts = 8, policy }) {
    const image = imageOf(guest);
    const recorded = record(image, inputs, policy === undefined ? {} : { policy });
    const { entries } = recorded;
    const problems = [];
    const same = (what, actual, expected) => {
      if (actual !== expected) problems.push(`${what}: ${actual} is not ${expected}`);
    };
    const replayed = replay(image, entries);
    same('replay', replayed.hash, recorded.hash);
    same('outputs of the replay', JSON.stringify(replayed.outputs), JSON.stringify(recorded.outputs));
    for (const at of spread(turnBoundaries(entries), clones)) {
      const clone = replay(image, entries.slice(at), checkpointAfter(image, entries, at));
      same(`clone at ${at}`, clone.hash, recorded.hash);
    }
    const positions = entries.map((_, index) => index + 1);
    for (const at of spread(positions, cuts)) {
      // Half of them as after a failure, half as after a hand-over.
      const connections = at % 2 === 0 ? 'lost' : 'kept';
      const options = policy === undefined ? { connections } : { connections, policy };
      const live = goLiveAfter(image, entries.slice(0, at), after, options);
      same(`log of the machine that went live at ${at}`, replay(image, live.entries).hash, live.hash);
    }
    return {
      problems,
      outputs: recorded.outputs,
      hashPoints: recorded.hashes.length,
      entries: entries.length,
      hash: recorded.hash,
      memoryBytes: recorded.machine.memory.length,
    };
  },
};

/** `count` elements of `list`, the first and the last among them. */
function spread(list, count) {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))]);
}

parentPort.postMessage(jobs[workerData.job](workerData.parameters));
