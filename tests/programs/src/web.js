// A small HTTP server: / answers, /work asks a worker thread; ends on SIGTERM.
const { Worker } = require('worker_threads');
const http = require('http');

const source = `
const { parentPort } = require('worker_threads');
parentPort.on('message', n => {
	let sum = 0;
	for (let i = 0; i < n; i++)
		sum += i;
	parentPort.postMessage(sum);
});`;

const workers = [0, 1].map(() => new Worker(source, { eval: true }));
const waiting = [[], []];
let turn = 0;

workers.forEach((w, i) => w.on('message', sum => waiting[i].shift()(sum)));

function work(then) {
	const i = turn++ % workers.length;

	waiting[i].push(then);
	workers[i].postMessage(100000);
}

const server = http.createServer((request, response) => {
	if (request.url === '/work')
		work(sum => response.end(sum + '\n'));
	else
		response.end('hello\n');
});

server.listen(80, '0.0.0.0', () => console.log('up'));
process.on('SIGTERM', () => {
	console.log('bye');
	process.exit(0);
});
