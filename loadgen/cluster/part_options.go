package cluster

import (
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

const (
	acceptsPort = "a port from 1 to 65535, or 0 for any free one"
	acceptsTime = "a time such as 250ms, 1.5s or 1m; a bare number is seconds"

	mostProcesses    = 1000
	acceptsProcesses = "a whole number from 1 to 1,000, or -1 for one per core"
	mostWait         = 1e9 // seconds that fit into a time.Duration
)

func (p *asPart) options() []setting.Option { return append(p.roleOptions(), p.clusterOptions()...) }

// roleOptions are Locust's.
func (p *asPart) roleOptions() []setting.Option {
	return []setting.Option{
		{Flag: "master", Env: []string{"LOCUST_MODE_MASTER"}, Switch: true,
			Help: "let workers make the load, and show what they measure", Set: setting.Into(&p.master, setting.Bool)},
		{Flag: "master-bind-host", Takes: "ADDRESS", Env: []string{"LOCUST_MASTER_BIND_HOST"},
			Help: "address that the master listens on for workers; without it every interface if there is a token or --cluster-tls-ca, else this machine alone", Set: setting.Into(&p.bindHost, setting.Text)},
		{Flag: "master-bind-port", Takes: "PORT", Env: []string{"LOCUST_MASTER_BIND_PORT"}, Default: "5557", Accepts: acceptsPort,
			Help: "its port", Set: setting.Into(&p.bindPort, setting.Between(0, 65535))},
		{Flag: "expect-workers", Takes: "N", Env: []string{"LOCUST_EXPECT_WORKERS"}, Default: "1", Accepts: "a whole number from 1 to 100,000",
			Help: "workers to wait for before a run that begins by itself", Set: setting.Into(&p.expect, setting.Between(1, maxWorkers))},
		{Flag: "expect-workers-max-wait", Takes: "SECONDS", Env: []string{"LOCUST_EXPECT_WORKERS_MAX_WAIT"}, Default: "0", Accepts: "whole seconds such as 60, or 0 for no limit",
			Help: "seconds to wait for them; then the master ends with 1", Set: setting.Into(&p.maxWait, setting.Between(0, mostWait))},
		{Flag: "enable-rebalancing", Switch: true, Inert: "no user moves to a worker that comes during a run; it takes part in the next one",
			Help: "no effect: no user moves to a worker that comes during a run; it takes part in the next one", Set: setting.Check(setting.Bool)},
		{Flag: "worker", Env: []string{"LOCUST_MODE_WORKER"}, Switch: true,
			Help: "make a share of a master's load: no page, no files, no settings of the load are needed", Set: setting.Into(&p.worker, setting.Bool)},
		{Flag: "master-host", Takes: "HOST", Env: []string{"LOCUST_MASTER_NODE_HOST"}, Default: "127.0.0.1", Redact: hideToken,
			Help: "where the worker finds its master: a host, host:port, or what the master logs for workers to join", Set: setting.Into(&p.masterHost, setting.Text)},
		{Flag: "master-port", Takes: "PORT", Env: []string{"LOCUST_MASTER_NODE_PORT"}, Default: "5557", Accepts: "a port from 1 to 65535",
			Help: "the port there, unless --master-host names it", Set: setting.Into(&p.masterPort, setting.Between(1, 65535))},
		{Flag: "processes", Takes: "N", Env: []string{"LOCUST_PROCESSES"}, Accepts: acceptsProcesses,
			Help: "master and this many workers on this machine; with --worker the workers alone", Set: setting.Into(&p.processes, setting.Int)},
		{Flag: "cluster-child", Env: []string{childVariable}, Hidden: true, Default: "-1", Set: setting.Into(&p.child, setting.Int)},
	}
}

// clusterOptions are ours.
func (p *asPart) clusterOptions() []setting.Option {
	return []setting.Option{
		{Flag: "bus", Takes: "URL", Env: []string{"LOAD_BUS"}, Redact: redact.Address,
			Help: "NATS server between master and workers, such as nats://host:4222, in place of the one in the master", Set: setting.Into(&p.bus, setting.Text)},
		{Flag: "cluster", Takes: "NAME", Env: []string{"LOAD_CLUSTER"}, Accepts: "letters, digits, - and _",
			Help: "name that keeps several masters on one --bus apart", Set: setting.Into(&p.cluster, clusterName)},
		{Flag: "cluster-token", Takes: "TOKEN", Env: []string{"LOAD_CLUSTER_TOKEN"}, Secret: true,
			Help: "token that workers must show; as a flag, everybody on this machine can read it", Set: setting.Into(&p.token, setting.Text)},
		{Flag: "cluster-tls-cert", Takes: "FILE", Env: []string{"LOAD_CLUSTER_TLS_CERT"},
			Help: "certificate of this end (PEM); without one a master with a token makes its own", Set: setting.Into(&p.cert, setting.Text)},
		{Flag: "cluster-tls-key", Takes: "FILE", Env: []string{"LOAD_CLUSTER_TLS_KEY"},
			Help: "key of that certificate (PEM)", Set: setting.Into(&p.key, setting.Text)},
		{Flag: "cluster-tls-ca", Takes: "FILE", Env: []string{"LOAD_CLUSTER_TLS_CA"},
			Help: "authority (PEM) of the other end's certificate", Set: setting.Into(&p.ca, setting.Text)},
		{Flag: "worker-index", Takes: "N", Env: []string{"LOAD_WORKER_INDEX", "JOB_COMPLETION_INDEX"}, Accepts: "a whole number from 0 to 99,999",
			Help: "share that this worker would like to make, so that one that starts again gets its own", Set: setting.Into(&p.index, setting.Between(0, maxWorkers-1))},
		{Flag: "journal", Takes: "FOLDER", Env: []string{"LOAD_JOURNAL"}, Default: ".",
			Help: "folder in which a worker leaves the figures that no master took", Set: setting.Into(&p.journal, setting.Text)},
		{Flag: "checkpoint", Takes: "FILE", Env: []string{"LOAD_CHECKPOINT"},
			Help: "file in which the master keeps its run, so that --resume can continue it; removed at the end", Set: setting.Into(&p.checkpoint, setting.Text)},
		{Flag: "resume", Env: []string{"LOAD_RESUME"}, Default: "false", Switch: true,
			Help: "continue the run in --checkpoint that a master has left when it ended without warning; without one begin as usual", Set: setting.Into(&p.resume, setting.Bool)},
		{Flag: "on-worker-loss", Takes: "border|now|stop|never", Env: []string{"LOAD_ON_WORKER_LOSS"}, Default: string(LossBorder), Accepts: "border, now, stop or never",
			Help: "what becomes of the load of a worker that is lost: the others take it over at the next phase, or at once; the run ends; or nothing", Set: setting.Into(&p.onLoss, parseLossPolicy)},
		{Flag: "accept-loss", Takes: "SHARE", Env: []string{"LOAD_ACCEPT_LOSS"}, Default: "0", Accepts: "a share such as 5% or 0.05, or 0",
			Help: "share of the load that may be lost with workers; beyond it the exit code is 1", Set: setting.Into(&p.acceptLoss, lossShare)},
		{Flag: "orphan", Takes: "TIME", Env: []string{"LOAD_ORPHAN"}, Default: "60s", Accepts: "a time from 5s to 8760h",
			Help: "how long a worker makes load without a word from its master", Set: setting.Into(&p.orphan, orphanTime)},
		{Flag: "max-skew", Takes: "TIME", Env: []string{"LOAD_MAX_SKEW"}, Default: "250ms", Accepts: acceptsTime,
			Help: "most that a worker's start may be off, as far as its clock is known", Set: setting.Into(&p.maxSkew, setting.Duration)},
		{Flag: "report-interval", Takes: "TIME", Env: []string{"LOAD_REPORT_INTERVAL"}, Default: "1s", Accepts: "a time from 10ms to 1m, or 0 for 1s",
			Help: "time between two reports of a worker", Set: setting.Into(&p.interval, reportInterval)},
		{Flag: "allow-other-build", Env: []string{"LOAD_ALLOW_OTHER_BUILD"}, Default: "false", Switch: true,
			Help: "take workers that are another build of this program", Set: setting.Into(&p.otherBuild, setting.Bool)},
	}
}

// hideToken shows what names a master without its token.
func hideToken(text string) string {
	address, secrets, some := strings.Cut(text, "#")
	token, pin, _ := strings.Cut(secrets, "#")
	if !some || strings.Contains(text, "://") {
		return redact.Address(text)
	}
	if token != "" {
		token = redact.Mask
	}
	return strings.TrimRight(address+"#"+token+"#"+pin, "#")
}

func clusterName(text string) (string, error) {
	return setting.Accepted(text, text == "" || strings.Trim(text, "-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" && isToken(text))
}

func parseLossPolicy(text string) (LossPolicy, error) {
	policy := LossPolicy(strings.ToLower(text))
	_, err := setting.OneOf(string(LossBorder), string(LossNow), string(LossStop), string(LossNever))(string(policy))
	return policy, err
}

// lossShare reads a share, and 0 and 1 as well.
func lossShare(text string) (float64, error) {
	if v, ok := input.Share(text); ok {
		return v, nil
	}
	return setting.Share(strings.TrimSuffix(strings.Replace(text, "100%", "1", 1), "%"))
}

func orphanTime(text string) (time.Duration, error) {
	d, err := setting.Duration(text)
	return setting.Accepted(d, err == nil && d >= shortestOrphan && d <= longestOrphan)
}

func reportInterval(text string) (time.Duration, error) {
	d, err := setting.Duration(text)
	return setting.Accepted(d, err == nil && (d == 0 || d >= shortestInterval && d <= longestInterval))
}
