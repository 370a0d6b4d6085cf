/** One turn that never ends and says so from time to time. */
const EVERY = 2_000_000;

for (let step = 0; ; step += 1) if (step % EVERY === 0) console.log(`step ${step / EVERY}`);
