'use strict'
// The tables a phone holds. What a server may leave empty is optional, so null stays null on the phone.
// WatermelonDB reserves updated_at for its own number, hence changed_at.
const { appSchema, tableSchema, Model } = require('@nozbe/watermelondb')

const TABLES = {
  households: 'name address village_code area phone tier head_person_id updated_seq#',
  persons: 'household_id name sex birth_date relation id_number phone tier',
  visits: 'household_id person_id form_id form_version answers started_at finished_at author_id# revision#'
    + ' server_status problems',
  tasks: 'household_id person_id kind title detail due_on status done_at',
  alerts: 'household_id person_id title severity status kind message opened_at',
  referrals: 'household_id person_id duty office status reason outcome changed_at',
  forms: 'form_id version title klass hash definition',
}

const column = word => word.endsWith('#')
  ? { name: word.slice(0, -1), type: 'number', isOptional: true }
  : { name: word, type: 'string', isOptional: true, isIndexed: word === 'household_id' }

const modelOf = table => {
  const Row = class extends Model {}
  Row.table = table
  Row.associations = {}
  return Row
}

module.exports = {
  tables: Object.keys(TABLES),
  schema: appSchema({
    version: 1,
    tables: Object.entries(TABLES).map(([name, words]) => tableSchema({ name, columns: words.split(' ').map(column) })),
  }),
  modelClasses: Object.keys(TABLES).map(modelOf),
}
