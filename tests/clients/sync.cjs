'use strict'
// WatermelonDB's own synchronize() against the sync door, repeated while the server says there is more.
const { synchronize } = require('@nozbe/watermelondb/sync')
const { getLastPulledAt } = require('@nozbe/watermelondb/sync/impl')

// A crash can fall between storing the epoch and storing the cursor it belongs to, so the last two pairs are kept.
const PAIRS_KEPT = 2

function syncer({ database, transport, faults, pending }) {
  const pairs = async () => (await database.localStorage.get('epochs')) ?? []
  const keepPairs = list => database.localStorage.set('epochs', list.slice(0, PAIRS_KEPT))
  const dieAt = place => faults.die_at === place && process.kill(process.pid, 'SIGKILL')

  async function pullChanges(cursor, round) {
    round.held = await pairs()
    const epoch = round.held.find(pair => pair.cursor === cursor)?.epoch
    const answer = await transport.pull({ last_pulled_at: cursor, epoch, limit: faults.limit, pending: await pending() })
    dieAt('pulled')
    Object.assign(round, { epoch: answer.epoch, cursor: answer.timestamp, more: answer.more, pulled: counts(answer.changes) })
    return { changes: answer.changes, timestamp: answer.timestamp }
  }

  // Called inside the write that applies the page: WatermelonDB stores the cursor right after it.
  function onDidPullChanges(round) {
    const others = round.held.filter(pair => pair.cursor !== round.cursor)
    keepPairs([{ epoch: round.epoch, cursor: round.cursor }, ...others])
    dieAt('applied')
  }

  async function pushChanges(changes, cursor, round) {
    const answer = await transport.push({ changes, last_pulled_at: cursor })
    dieAt('pushed')
    round.verdicts = answer.verdicts
    round.rejected = answer.experimentalRejectedIds
    return { experimentalRejectedIds: answer.experimentalRejectedIds }
  }

  async function once() {
    const round = { verdicts: [], rejected: {}, more: false }
    const log = {}
    await synchronize({
      database,
      sendCreatedAsUpdated: true,
      migrationsEnabledAtVersion: 1,
      pullChanges: ({ lastPulledAt }) => pullChanges(lastPulledAt, round),
      onDidPullChanges: () => onDidPullChanges(round),
      pushChanges: ({ changes, lastPulledAt }) => pushChanges(changes, lastPulledAt, round),
      log,
    })
    delete round.held
    return { ...round, conflicts: (log.resolvedConflicts ?? []).length }
  }

  async function sync({ max_rounds = 500 }) {
    const rounds = []
    do rounds.push(await once())
    while (rounds.at(-1).more && rounds.length < max_rounds)
    return { rounds, verdicts: rounds.flatMap(round => round.verdicts) }
  }

  sync.cursor = async () => {
    const cursor = await getLastPulledAt(database)
    return { cursor, epoch: (await pairs()).find(pair => pair.cursor === cursor)?.epoch ?? null }
  }
  sync.holdEpoch = async epoch => keepPairs((await pairs()).map(pair => ({ ...pair, epoch })))
  return sync
}

// What a page brought: { table: [created, updated, deleted] }, tables with nothing left out.
const counts = changes => Object.fromEntries(Object.entries(changes ?? {})
  .map(([table, { created = [], updated = [], deleted = [] }]) => [table, [created, updated, deleted].map(x => x.length)])
  .filter(([, numbers]) => numbers.some(Boolean)))

module.exports = { syncer }
