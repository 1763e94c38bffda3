'use strict'
// A field worker's app on stock WatermelonDB: one JSON command per line on stdin, one JSON answer per line on stdout.
//   node phone.cjs '{"device_id": "d1", "database": "/dir/phone.db"}'      without `database` it lives in memory
const { randomUUID } = require('node:crypto')
const readline = require('node:readline')

// stdout carries answers only; what WatermelonDB says is kept and passed on to stderr.
const said = []
for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
  console[level] = (...words) => {
    const line = words.map(String).join(' ')
    if (level === 'error' || level === 'warn' || line.includes('Diagnostic error')) said.push(line)
    process.stderr.write(`${level}: ${line}\n`)
  }
}

const { Database, Q } = require('@nozbe/watermelondb')
const { schemaMigrations } = require('@nozbe/watermelondb/Schema/migrations')
const { setGenerator } = require('@nozbe/watermelondb/utils/common/randomId')
const { tables, schema, modelClasses } = require('./schema.cjs')
const { Transport } = require('./transport.cjs')
const { syncer } = require('./sync.cjs')

setGenerator(() => randomUUID())
const options = { device_id: randomUUID(), database: null, ...JSON.parse(process.argv[2] || '{}') }
const faults = { offline: false, drop_push: 0, drop_pull: 0, clock_skew_s: 0, limit: null, die_at: null }
const transport = new Transport(faults, session => database.localStorage.set('session', session))
const database = new Database({ adapter: adapter(), modelClasses })
const sync = syncer({ database, transport, faults, pending })

function adapter() {
  const common = { schema, migrations: schemaMigrations({ migrations: [] }) }
  if (options.database) {
    const SQLiteAdapter = require('@nozbe/watermelondb/adapters/sqlite').default
    return new SQLiteAdapter({ ...common, dbName: options.database, jsi: false })
  }
  const LokiJSAdapter = require('@nozbe/watermelondb/adapters/lokijs').default
  return new LokiJSAdapter({
    ...common, dbName: options.device_id, useWebWorker: false, useIncrementalIndexedDB: true,
    extraLokiOptions: { autosave: false, verbose: false },
  })
}

async function unsent(table) {
  const ids = status => database.get(table).query(Q.where('_status', status)).fetchIds()
  return [...await ids('created'), ...await ids('updated'), ...await database.adapter.getDeletedRecords(table)].sort()
}

// Visits, edits and deletions the server has not yet taken in.
async function pending() {
  const counts = await Promise.all(tables.map(async table => (await unsent(table)).length))
  return counts.reduce((sum, count) => sum + count, 0)
}

// The columns of our schema: a store adds its own.
const plain = (table, row) => Object.fromEntries(
  ['id', '_status', '_changed', ...Object.keys(schema.tables[table].columns)].map(name => [name, row[name] ?? null]))

const setAll = (record, fields) => {
  for (const [name, value] of Object.entries(fields)) record._setRaw(name, value)
}

const commands = {
  async login({ base, username, password }) {
    const user = await transport.login(base, username, password, options.device_id)
    return { user }
  },
  sync,
  async create({ table, fields, id }) {
    const record = await database.write(() => database.get(table).create(row => {
      if (id) row._raw.id = id
      setAll(row, fields)
    }))
    return { id: record.id }
  },
  async edit({ table, id, fields }) {
    await database.write(async () => {
      const record = await database.get(table).find(id)
      await record.update(row => setAll(row, fields))
    })
  },
  async remove({ table, id }) {
    await database.write(async () => (await database.get(table).find(id)).markAsDeleted())
  },
  async dump({ only }) {
    const rows = async table => (await database.get(table).query().unsafeFetchRaw()).map(row => plain(table, row))
    const sorted = async table => (await rows(table)).sort((a, b) => (a.id < b.id ? -1 : 1))
    return Object.fromEntries(await Promise.all((only || tables).map(async table => [table, await sorted(table)])))
  },
  async pending() {
    const ids = await Promise.all(tables.map(async table => [table, await unsent(table)]))
    return { count: await pending(), ids: Object.fromEntries(ids.filter(([, list]) => list.length)) }
  },
  async options(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (!(name in faults)) throw new Error(`unknown option ${name}`)
      faults[name] = value
    }
    return { ...faults }
  },
  async hold_epoch({ epoch }) {
    await sync.holdEpoch(epoch)
  },
  async cursor() {
    return { ...await sync.cursor(), sent: transport.sent }
  },
  async said() {
    return { lines: said, diagnostic: said.filter(line => line.includes('Diagnostic error')).length }
  },
}

async function answer(line) {
  const { cmd, ...args } = JSON.parse(line)
  if (!Object.hasOwn(commands, cmd)) throw new Error(`unknown command ${cmd}`)
  return { ok: true, ...await commands[cmd](args) }
}

const failure = ({ constructor, message, status = null, body = null }) =>
  ({ ok: false, error: constructor.name, message, status, body })
const reply = value => process.stdout.write(JSON.stringify(value) + '\n')

async function main() {
  Object.assign(transport, await database.localStorage.get('session'))
  reply({ ok: true, ready: options.device_id })
  for await (const line of readline.createInterface({ input: process.stdin })) {
    await answer(line).then(reply, error => reply(failure(error)))
  }
  process.exit(0)
}

main()
