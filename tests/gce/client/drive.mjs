// drive.mjs URL - Google's own client library against the test cloud.
import compute from '@google-cloud/compute';
import {Storage} from '@google-cloud/storage';
import {createRequire} from 'node:module';
import assert from 'node:assert/strict';

const url = new URL(process.argv[2]);
const project = 'test-project-1', zone = 'us-west2-a';

// Each library brings its own edition of the one that logs in.
function login(library) {
	const {OAuth2Client} = createRequire(import.meta.resolve(library))(
		'google-auth-library');
	const auth = new OAuth2Client();
	auth.setCredentials({access_token: 't1',
		expiry_date: Date.now() + 3600e3});
	return auth;
}

const where = {apiEndpoint: url.hostname, port: Number(url.port),
	       protocol: 'http', authClient: login('google-gax'), fallback: 'rest'};

const zoneOps = new compute.ZoneOperationsClient(where);
const globalOps = new compute.GlobalOperationsClient(where);

async function done(answer) {
	let op = answer[0].latestResponse ?? answer[0];
	while (op.status !== 'DONE')
		[op] = op.zone
			? await zoneOps.wait({operation: op.name, project,
				zone: op.zone.split('/').pop()})
			: await globalOps.wait({operation: op.name, project});
	assert.equal(op.error ?? null, null);
}

// Storage: a resumable upload, and its check sum.
const storage = new Storage({apiEndpoint: url.origin, projectId: project,
	authClient: login('@google-cloud/storage'),
	retryOptions: {maxRetries: 1}});
const file = storage.bucket('test-bucket').file('a/b.bin');
const data = Buffer.alloc(700000, 'miso');
await file.save(data, {resumable: true, validation: 'crc32c'});
const [meta] = await file.getMetadata();
assert.equal(Number(meta.size), data.length);
const [back] = await file.download();
assert.ok(back.equals(data));
console.log('ok client: an object goes up and comes back');

// A firewall.
const firewalls = new compute.FirewallsClient(where);
await done(await firewalls.insert({project, firewallResource: {
	name: 'by-client', sourceRanges: ['10.0.0.0/8'],
	allowed: [{I_p_protocol: 'tcp', IPProtocol: 'tcp', ports: ['80']}]}}));
const [rule] = await firewalls.get({project, firewall: 'by-client'});
assert.deepEqual(rule.sourceRanges, ['10.0.0.0/8']);
await done(await firewalls.delete({project, firewall: 'by-client'}));
console.log('ok client: a firewall is inserted, read and deleted');

// An instance.
const instances = new compute.InstancesClient(where);
const name = 'by-client';
await done(await instances.insert({project, zone, instanceResource: {
	name, machineType: `zones/${zone}/machineTypes/e2-micro`,
	disks: [{boot: true, autoDelete: true, initializeParams: {
		sourceImage: `projects/${project}/global/images/i`}}],
	networkInterfaces: [{accessConfigs: [{type: 'ONE_TO_ONE_NAT'}]}],
}}));
let [vm] = await instances.get({project, zone, instance: name});
assert.equal(vm.status, 'RUNNING');
await done(await instances.setTags({project, zone, instance: name,
	tagsResource: {items: ['web'], fingerprint: vm.tags.fingerprint}}));
[vm] = await instances.get({project, zone, instance: name});
assert.deepEqual(vm.tags.items, ['web']);
await assert.rejects(instances.setTags({project, zone, instance: name,
	tagsResource: {items: [], fingerprint: 'AAAA'}}), /fingerprint/);
let seen = 0;
for await (const [, scope] of instances.aggregatedListAsync({project}))
	seen += (scope.instances ?? []).length;
assert.equal(seen, 1);
await done(await instances.delete({project, zone, instance: name}));
await assert.rejects(instances.get({project, zone, instance: name}),
	/not found/);
console.log('ok client: an instance is inserted, tagged, listed, deleted');
