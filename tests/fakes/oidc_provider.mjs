// A certified OpenID provider (npm oidc-provider): people sign in with a password and a time code; prints its issuer when ready.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [home, secret, password] = process.argv.slice(2);
const from = createRequire(pathToFileURL(home + '/'));
const { default: Provider } = await import(pathToFileURL(from.resolve('oidc-provider')).href);
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;

const native = (client_id) => ({
  client_id, application_type: 'native', token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
});
const provider = new Provider(issuer, {
  clients: [native('coder-workstation'), native('another-program')],
  claims: { openid: ['sub', 'fhirUser'] },
  conformIdTokenClaims: false,
  scopes: ['openid', 'fhirUser', 'offline_access'],
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async () => true,
  pkce: { required: () => true, methods: ['S256'] },
  extraParams: ['aud'],
  ttl: { AccessToken: 300, IdToken: 300, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id, fhirUser: `${issuer}/fhir/Practitioner/${id}` }) }),
});

// RFC 6238: SHA-1, six digits, thirty seconds, one step either side; each code opens once.
const key = Buffer.from([...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2)
  .padStart(5, '0')).join('').match(/.{8}/g).map((bits) => parseInt(bits, 2)));
const codeAt = (step) => {
  const digest = createHmac('sha1', key).update(Buffer.from(BigInt(step).toString(16).padStart(16, '0'), 'hex')).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, '0');
};
const spent = new Set();
const opens = (name, code) => {
  const now = Math.floor(Date.now() / 30000);
  const step = [now, now - 1, now + 1].find((one) => codeAt(one) === code && !spent.has(`${name}/${one}`));
  if (step !== undefined) spent.add(`${name}/${step}`);
  return step !== undefined;
};

async function interaction(request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    return;
  }
  let wrong = '';
  if (request.method === 'POST') {
    let body = '';
    for await (const part of request) body += part;
    const form = new URLSearchParams(body);
    if (form.get('password') === password && opens(form.get('login'), form.get('otp'))) {
      await provider.interactionFinished(request, response, { login: { accountId: form.get('login'), amr: ['pwd', 'otp'] } });
      return;
    }
    wrong = '<p role="alert">Not right.</p>';
  }
  response.setHeader('Content-Type', 'text/html');
  response.end(`<form method="post" action="${request.url}">${wrong}<input name="login"><input name="password"><input name="otp"></form>`);
}

const rest = provider.callback();
server.on('request', (request, response) => {
  if (!request.url.startsWith('/interaction/')) return rest(request, response);
  interaction(request, response).catch((error) => { response.statusCode = 400; response.end(String(error.error || error.name)); });
});
console.log(JSON.stringify({ issuer }));
