/** What a host's status says of its protocol core and of its vCPU, also while it has no core yet. */
import { epoch, position } from '../../base/brands.ts';
import { monotonicMs } from '../../base/monotonic.ts';
import type { CoreDescription } from '../../protocol/core.ts';
import type { HostRole, HostStatus } from '../supervisor/protocol.ts';
import type { VcpuControl } from '../vcpu/control.ts';

/** A turn that takes longer is shown. */
const SHOWN_TURN_MS = 50;

type FromCore =
  | 'role'
  | 'phase'
  | 'epoch'
  | 'recorded'
  | 'received'
  | 'acknowledged'
  | 'replayed'
  | 'lag'
  | 'slowdownPercent'
  | 'vcpu'
  | 'peer'
  | 'spares'
  | 'heldOutputs'
  | 'heldOutputBytes'
  | 'lastEqualHash'
  | 'turn';

/** `role` is the one that the host was started for. */
export function statusOf(
  core: CoreDescription | undefined,
  { turnStartedMs, position: at, copies }: VcpuControl,
  role: HostRole,
): Pick<HostStatus, FromCore> {
  const runningMs = turnStartedMs === 0 ? 0 : monotonicMs() - turnStartedMs;
  const log = core?.positions.log ?? 0;
  const hash = core?.lastEqualHash ?? null;
  return {
    role: core?.role ?? role,
    phase: core?.status ?? 'booting',
    epoch: epoch(core?.epoch ?? 0),
    recorded: position(log),
    received: position(core?.role === 'backup' ? log : (core?.positions.acknowledged ?? log)),
    acknowledged: position(core?.positions.acknowledged ?? log),
    replayed: position(core?.positions.replayed ?? at),
    lag: core?.lag ?? { positions: 0, bytes: 0, ms: 0 },
    slowdownPercent: core?.slowdownPercent ?? 0,
    vcpu: core?.vcpu ?? 'running',
    peer: core?.peer ?? null,
    spares: core?.spares ?? [],
    heldOutputs: (core?.outputs.held ?? 0) + copies,
    heldOutputBytes: core?.outputs.heldBytes ?? 0,
    lastEqualHash: hash === null ? null : { position: hash.position, hash: hash.stateHash },
    turn: runningMs < SHOWN_TURN_MS ? null : { position: position(at), runningMs },
  };
}
