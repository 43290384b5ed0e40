package main

import (
	"os"
	"path/filepath"

	"github.com/gensim/load-generator/bench/internal/rig"
)

// Scripts for k6, which takes its settings from the environment.
const (
	closedScript = `
import http from 'k6/http';
export const options = { vus: +__ENV.VUS, duration: __ENV.FOR, discardResponseBodies: true };
export default function () { http.get(__ENV.URL + '/todos'); }
`
	usersScript = `
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: +__ENV.VUS, duration: __ENV.FOR, discardResponseBodies: true };
export default function () {
  if (__ITER === 0) sleep(2 * Math.random());
  http.get(__ENV.URL + '/todos');
  sleep(1 + 2 * Math.random());
}
`
	openScript = `
import http from 'k6/http';
export const options = {
  discardResponseBodies: true,
  scenarios: { open: { executor: 'constant-arrival-rate', rate: +__ENV.RATE, timeUnit: '1s', duration: __ENV.FOR, preAllocatedVUs: 100 } },
};
export default function () { http.get(__ENV.URL + '/todos'); }
`
)

// k6Command is k6 with a script; nothing is reported to anybody.
func (b *bench) k6Command(script string, env map[string]string) (rig.Command, error) {
	file := filepath.Join(b.dir, "script.js")
	c := rig.Command{
		Name: b.tools["k6"].Path,
		Args: []string{"run", "--quiet", "--no-usage-report", "--summary-mode=disabled", "--address=", file},
		Env:  []string{"K6_AUTO_EXTENSION_RESOLUTION=false"},
	}
	for key, value := range env {
		c.Args = append(c.Args, "--env", key+"="+value)
	}
	return c, os.WriteFile(file, []byte(script), 0o600)
}
