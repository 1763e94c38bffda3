'use strict'
// Plain fetch to the server, and the faults a village network has. Counts what it sent; never retries by itself.
const { randomUUID } = require('node:crypto')

const isoWithOffset = ms => {
  const shanghai = new Date(ms + 8 * 3600e3)
  return shanghai.toISOString().replace('Z', '+08:00')
}

class LostResponse extends Error {}
class Offline extends Error {}
class Unreachable extends Error {}
class Refused extends Error {
  constructor(status, body) {
    super(`${status}: ${typeof body === 'string' ? body : JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

// A server that dies while it answers is as unreachable as one that is not there.
async function reach(url, init) {
  try {
    const response = await fetch(url, init)
    return { response, text: await response.text() }
  } catch (error) {
    throw new Unreachable(`${url}: ${error.cause?.code ?? error.message}`)
  }
}

class Transport {
  // `keep` stores the session, as an app does: a refresh token used twice would end it.
  constructor(faults, keep) {
    this.faults = faults
    this.keep = keep
    this.base = null
    this.tokens = null
    this.sent = { pull: 0, push: 0 }
  }

  async login(base, username, password, deviceId) {
    this.base = base
    const answer = await this.request('POST', '/api/v1/auth/login', { username, password, device_id: deviceId })
    await this.hold(base, answer)
    return answer.user
  }

  // The key of the next refresh is kept with the tokens: asked again after a lost answer it is the same request.
  async hold(base, { access_token, refresh_token }) {
    Object.assign(this, { base, tokens: { access_token, refresh_token, refresh_key: randomUUID() } })
    await this.keep({ base, tokens: this.tokens })
  }

  async refresh() {
    const { refresh_token, refresh_key } = this.tokens
    const headers = { authorization: `Bearer ${refresh_token}`, 'idempotency-key': refresh_key }
    await this.hold(this.base, await this.request('POST', '/api/v1/auth/refresh', {}, headers))
  }

  async pull(query) {
    const words = Object.entries(query).filter(([, value]) => value !== null && value !== undefined)
    this.sent.pull += 1
    const path = `/api/v1/sync/pull?${new URLSearchParams(words)}`
    return this.lose('drop_pull', await this.authorised('GET', path))
  }

  async push(body) {
    this.sent.push += 1
    const headers = { 'x-device-time': isoWithOffset(Date.now() + this.faults.clock_skew_s * 1000) }
    return this.lose('drop_push', await this.authorised('POST', '/api/v1/sync/push', body, headers))
  }

  lose(fault, answer) {
    if (this.faults[fault] > 0) {
      this.faults[fault] -= 1
      throw new LostResponse(`${fault}: the server answered, the phone never heard`)
    }
    return answer
  }

  async authorised(method, path, body, headers = {}) {
    const bearer = () => ({ ...headers, authorization: `Bearer ${this.tokens.access_token}` })
    try {
      return await this.request(method, path, body, bearer())
    } catch (error) {
      if (error.status !== 401) throw error
      await this.refresh()
      return this.request(method, path, body, bearer())
    }
  }

  async request(method, path, body, headers = {}) {
    if (this.faults.offline) throw new Offline('offline')
    const init = { method, headers: { accept: 'application/json', ...headers } }
    if (body !== undefined) {
      init.body = JSON.stringify(body)
      init.headers['content-type'] = 'application/json'
    }
    const { response, text } = await reach(this.base + path, init)
    const answer = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
    if (!response.ok) throw new Refused(response.status, answer)
    return answer
  }
}

module.exports = { Transport }
