// A certified OpenID provider (npm oidc-provider) with one native client and one coder; prints its issuer when ready.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const from = createRequire(pathToFileURL(process.argv[2] + '/'));
const { default: Provider } = await import(pathToFileURL(from.resolve('oidc-provider')).href);
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'coder-workstation', application_type: 'native', token_endpoint_auth_method: 'none',
    redirect_uris: ['http://127.0.0.1/callback'], grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub', 'fhirUser'] },
  conformIdTokenClaims: false,
  scopes: ['openid', 'fhirUser', 'offline_access'],
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  issueRefreshToken: async () => true,
  pkce: { required: () => true },
  extraParams: ['aud'],
  ttl: { AccessToken: 300, IdToken: 300, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id, fhirUser: `${issuer}/fhir/Practitioner/${id}` }) }),
});
server.on('request', provider.callback());
console.log(JSON.stringify({ issuer }));
