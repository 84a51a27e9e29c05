/** The schedules of dreams, as the control API has them. */
import type { ScheduleBody } from '../../api/endpoints/schedules.js';
import { waitsForReview } from '../../dream/dream.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import type { Schedule, Schedules } from '../../dream/kept/schedules.js';
import type { ScheduleSettings } from '../../dream/triggers/schedule.js';
import type { Clock } from '../../vfs/store/clock.js';
import type { Catalog } from '../catalog.js';

export class DreamSchedules {
  readonly #catalog: Catalog;
  readonly #dreams: Dreams;
  readonly #schedules: Schedules;
  readonly #clock: Clock;

  constructor({ catalog, dreams, clock }: { catalog: Catalog; dreams: Dreams; clock: Clock }) {
    this.#catalog = catalog;
    this.#dreams = dreams;
    this.#schedules = dreams.schedules;
    this.#clock = clock;
  }

  list(): ScheduleBody[] {
    return this.#schedules.list().map((schedule) => this.#bodyOf(schedule));
  }

  set(reference: string, settings: ScheduleSettings): ScheduleBody {
    const { id } = this.#catalog.getStore(reference);
    return this.#bodyOf(this.#schedules.set(id, settings, new Date(this.#clock().ms).toISOString()));
  }

  remove(reference: string): void {
    this.#schedules.remove(this.#catalog.getStore(reference).id);
  }

  pause(reference: string | null, paused: boolean): ScheduleBody[] {
    const stores =
      reference === null
        ? this.#schedules.list().map(({ store }) => store)
        : [this.#catalog.getStore(reference).id];
    return stores.map((store) => this.#bodyOf(this.#schedules.setPaused(store, paused)));
  }

  #bodyOf({ store, settings, paused, created_at }: Schedule): ScheduleBody {
    const waiting = this.#dreams
      .list(store)
      .find((dream) => dream.request.schedule !== null && waitsForReview(dream));
    const { name } = this.#catalog.getStore(store);
    return { store, name, settings, paused, created_at, waiting: waiting?.id ?? null };
  }
}
