/**
 * A supervised host's end of the IPC channel. A host whose supervisor is gone has nobody to serve: it ends.
 */
import {
  decodeSupervisorMessage,
  describeUnknown,
  type HostMessage,
  type SupervisorMessage,
} from '../supervisor/protocol.ts';

export interface SupervisorLink {
  tell(message: HostMessage): void;
  /** Settles when everything that was told has left this process. */
  flushed(): Promise<void>;
  /** Lets go of the channel, which would keep this process alive; nobody is heard any more. */
  close(): void;
}

export interface SupervisorListener {
  said(message: SupervisorMessage): void;
  gone(): void;
}

/**
 * The link of this process. A supervisor that was killed while this process read its code has said so to
 * nobody: it is told now.
 */
export function supervisorLink(listener: SupervisorListener): SupervisorLink {
  let last: Promise<void> = Promise.resolve();
  const link: SupervisorLink = {
    tell(message) {
      if (!process.connected) return;
      last = new Promise((resolve) => {
        // An error means that the supervisor is gone, which `disconnect` reports.
        process.send?.(message, undefined, undefined, () => resolve());
      });
    },
    flushed: () => last,
    close() {
      process.off('disconnect', gone);
      if (process.connected) process.disconnect();
    },
  };
  const gone = (): void => listener.gone();
  process.on('message', (value) => {
    const message = decodeSupervisorMessage(value);
    if (message !== undefined) listener.said(message);
    else link.tell({ type: 'log', level: 'warning', text: `not understood: ${describeUnknown(value)}` });
  });
  process.on('disconnect', gone);
  if (!process.connected) setImmediate(gone);
  return link;
}
