package cluster

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/part"
	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/measure"
)

// PartName is part.Part.Name of Part.
const PartName = "Several processes"

// Options are what a program sets for a Part, until an option of its user says otherwise. The zero
// value of each field is that of Config.
type Options struct {
	Bus, Cluster, Token string
}

// Part returns the part that lets a program of package loadgen/cli make its load in several
// processes, on one machine or many, with Locust's words: a master that its user steers, and
// workers.
func Part(o Options) part.Part {
	p := &asPart{own: o}
	return part.Part{
		Name:    PartName,
		Help:    "One process is the master: it has the page and the results, and its workers make the load. All run the same program.",
		Options: p.options(),
		Wanted:  p.wanted,
		Check:   p.check,
		Works:   p.works,
		Work:    p.work,
		Lines:   &p.lines,
		Start:   p.start,
	}
}

// Locust's exit codes.
const (
	exitFailure = 1
	exitRoles   = 255 // a master that is a worker; a worker that finds no master
)

// asPart is what a Part keeps.
type asPart struct {
	own Options

	master, worker       setting.Value[bool]
	bindHost, masterHost setting.Value[string]
	bindPort, masterPort setting.Value[int]
	expect, maxWait      setting.Value[int]
	processes            setting.Value[int]
	child                setting.Value[int] // index of a process that --processes has started

	bus, cluster, token setting.Value[string]
	cert, key, ca       setting.Value[string]
	index               setting.Value[int]
	journal, checkpoint setting.Value[string]
	resume              setting.Value[bool]

	lines Lines // of a worker

	onLoss     setting.Value[LossPolicy]
	acceptLoss setting.Value[float64]
	orphan     setting.Value[time.Duration]
	maxSkew    setting.Value[time.Duration]
	interval   setting.Value[time.Duration]
	otherBuild setting.Value[bool]
}

// isChild reports whether --processes has started this process: what it was given besides is what its
// parent was given.
func (p *asPart) isChild() bool { return p.child.V >= 0 && p.child.Given() }

// wanted: see part.Part.
func (p *asPart) wanted(asked bool) (bool, string) {
	return asked || p.worker.V || p.processes.Given() || p.child.Given(), ""
}

// works: see part.Part.
func (p *asPart) works() bool { return p.isChild() || p.worker.V }

// check: see part.Part. Codes are Locust's.
func (p *asPart) check() error {
	if p.isChild() {
		return nil
	}
	n := &p.processes
	switch {
	case p.master.V && p.worker.V:
		return &setting.Error{Where: p.worker.Where(), Problem: "cannot go with " + p.master.Where(), Code: exitRoles}
	case n.Given() && p.master.V:
		return &setting.Error{Where: n.Where(), Problem: "cannot go with " + p.master.Where() + ": it has a master already", Code: exitFailure}
	case n.Given() && (n.V < -1 || n.V == 0 || n.V > mostProcesses):
		return &setting.Error{Where: n.Where(), Accepts: acceptsProcesses, Code: exitFailure}
	case p.token.Blank():
		return &setting.Error{Where: p.token.Name(), Problem: "holds blanks alone", Accepts: "a secret, or nothing at all for none"}
	case (p.cert.V == "") != (p.key.V == ""):
		return &setting.Error{Where: "--cluster-tls-cert and --cluster-tls-key", Problem: "one without the other", Accepts: "both, or neither"}
	case p.resume.V && p.checkpoint.V == "":
		return &setting.Error{Where: p.resume.Where(), Problem: "needs the file to resume from", Accepts: "--checkpoint FILE with it"}
	case p.checkpoint.V != "" && n.Given():
		return &setting.Error{Where: p.checkpoint.Where(), Problem: "cannot go with " + n.Where() + ", whose workers end with their master"}
	case p.bus.V != "" && p.bindHost.Given():
		return &setting.Error{Where: p.bindHost.Where(), Problem: "cannot go with " + p.bus.Where() + ", where workers and master meet", Accepts: "one of them"}
	case p.journal.Given() && (p.worker.V || n.Given()):
		if err := roomFor(p.journal.V); err != nil {
			return &setting.Error{Where: p.journal.Where(), Problem: err.Error(), Accepts: "a folder that takes files"}
		}
	}
	return cmp.Or(p.checkToken(), p.checkPlaces())
}

// checkToken refuses a token that the master's own bus could not take.
func (p *asPart) checkToken() error {
	if cmp.Or(p.bus.V, p.own.Bus) != "" {
		return nil // its operator knows
	}
	if err := bus.CheckToken(p.secretToken()); err != nil {
		return &setting.Error{Where: cmp.Or(p.token.Name(), "the token of the program"), Problem: err.Error()}
	}
	return nil
}

// checkPlaces refuses what cannot be the name of a place where master and workers meet.
func (p *asPart) checkPlaces() error {
	host := strings.Trim(p.bindHost.V, "[]")
	if _, err := netip.ParseAddr(host); err != nil && strings.Contains(host, ":") {
		return &setting.Error{Where: p.bindHost.Where(), Problem: "has a colon and is not an address of IPv6", Accepts: "a name or an address; the port is --master-bind-port"}
	}
	where, bad := p.masterHost.Where(), error(nil)
	switch url := cmp.Or(p.bus.V, p.own.Bus); {
	case url != "" && !strings.Contains(url, "://"):
		where, bad = p.bus.Where(), errors.New("not a URL of NATS, such as nats://host:4222")
	case url != "":
		where, bad = p.bus.Where(), bus.CheckURLs(url)
	case p.worker.V:
		_, bad = bus.ParseJoin(p.join(), defaultPort)
	}
	if bad != nil {
		return &setting.Error{Where: where, Problem: bad.Error()}
	}
	return nil
}

// secretToken is what workers show; "": none.
func (p *asPart) secretToken() string { return cmp.Or(p.token.V, p.own.Token) }

// tls are the certificates of this end.
func (p *asPart) tls() TLS { return TLS{CertFile: p.cert.V, KeyFile: p.key.V, CAFile: p.ca.V} }

// listen is where a master takes workers.
func (p *asPart) listen(alone bool) string {
	host, port := p.bindHost.V, p.bindPort.V
	if host == "" {
		host = "*"
		if alone || p.secretToken() == "" && p.ca.V == "" {
			host = "127.0.0.1"
		}
	}
	if alone && !p.bindPort.Given() {
		port = 0
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
}

// start begins the master, and its workers of this machine, if it has some.
func (p *asPart) start(ctx context.Context, s part.Setup) (part.Running, error) {
	own := p.processes.Given()
	cfg := Config{
		Listen: p.listen(own && !p.bindHost.Given()), Bus: cmp.Or(p.bus.V, p.own.Bus), Cluster: cmp.Or(p.cluster.V, p.own.Cluster),
		Token: p.secretToken(), TLS: p.tls(), Program: s.Program, Version: s.Version, AllowOtherBuild: p.otherBuild.V,
		Settings: s.Settings, Secrets: s.Secrets, OnLoss: p.onLoss.V, Orphan: p.orphan.V, MaxSkew: p.maxSkew.V, Interval: p.interval.V, Log: s.Log,
		Checkpoint: p.checkpoint.V, Resume: p.resume.V,
	}
	if own && cfg.Token == "" && cfg.Bus == "" {
		cfg.Token = rand.Text()
	}
	c, err := Listen(ctx, cfg)
	if err != nil {
		return part.Running{}, p.refused(err)
	}
	context.AfterFunc(ctx, c.hurry)
	m := &master{coordinator: c, expect: p.expect.V, maxWait: time.Duration(p.maxWait.V) * time.Second, accept: p.acceptLoss.V}
	running := part.Running{Fleet: c, Workers: c.Workers, WorkerLogs: c.Logs, Over: c.over, Await: m.await, Judge: m.judge, Stop: m.stop}
	running.Conclude = func(context.Context, part.Conclusion) { // its report is written
		if err := c.dropCheckpoint(); err != nil {
			s.Log.Warn("the checkpoint of a run that is over cannot be removed", "error", err)
		}
	}
	if o, ok := c.Left(); ok {
		running.Resume = &o
	}
	if !own {
		p.invite(c, s)
		return running, nil
	}
	m.expect = p.count()
	m.herd = newHerd(s.Log)
	m.herd.ends = c.ended
	return running, m.herd.start(m.expect, p.childArgs(c.JoinString("")), "LOAD_CLUSTER_TOKEN="+cfg.Token)
}

// refused says why no worker could join, with Locust's exit code where it is not the mistake of an option.
func (p *asPart) refused(err error) error {
	if errors.Is(err, errCheckpoint) {
		_, problem, _ := strings.Cut(err.Error(), p.checkpoint.V+": ")
		return &setting.Error{Where: p.checkpoint.Where(), Problem: problem}
	}
	if long, ok := errors.AsType[*longSettings](err); ok {
		return &setting.Error{Where: "--" + long.name, Problem: long.problem()}
	}
	where := p.bindPort.Where()
	switch {
	case errors.Is(err, bus.ErrCertificate) && p.cert.V != "":
		where = p.cert.Where()
	case errors.Is(err, bus.ErrCertificate) && p.ca.V != "":
		where = p.ca.Where()
	case cmp.Or(p.bus.V, p.own.Bus) != "":
		where = p.bus.Where()
	case p.bindHost.Given():
		where = p.bindHost.Where() + " " + where
	}
	return &setting.Error{Where: where, Problem: strings.TrimPrefix(err.Error(), "cluster: "), Code: exitFailure}
}

// invite logs how workers come. The token stays out of it.
func (p *asPart) invite(c *Coordinator, s part.Setup) {
	if c.Address() == "" {
		s.Log.Info("Workers join over " + p.bus.Where())
		return
	}
	address := c.Address()
	text := "Waiting for workers at " + address
	reached := hostOf(address)
	if ip := net.ParseIP(reached); ip != nil && ip.IsUnspecified() {
		reached = hostName() // they may know it by another name or address
	}
	join := withoutToken(c.JoinString(reached))
	_, _, pinned := strings.Cut(join, "#")
	switch {
	case pinned:
		text += "; they join with the same LOAD_CLUSTER_TOKEN and --worker --master-host '" + join + "'"
	case p.secretToken() != "":
		text += "; they join with the same LOAD_CLUSTER_TOKEN"
	case !p.bindHost.Given():
		text += "; those of other machines need a token, LOAD_CLUSTER_TOKEN"
	}
	s.Log.Info(text)
	target, err := url.Parse(s.Settings["host"])
	if err == nil && isLoopback(target.Hostname()) && !isLoopback(hostOf(address)) {
		s.Log.Warn("a worker of another machine looks for the target " + redact.Address(s.Settings["host"]) + " there, not on this machine")
	}
}

func hostOf(address string) string {
	host, _, _ := net.SplitHostPort(address) // of a listener
	return host
}

// isLoopback reports whether a host is this machine alone.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// master is a Coordinator with what its user expects of it.
type master struct {
	coordinator *Coordinator
	herd        *herd // its own workers; nil: none
	expect      int
	maxWait     time.Duration
	accept      float64 // share of the load
}

// await: see part.Running.
func (m *master) await(ctx context.Context) error {
	ctx, stop := m.herd.watch(ctx)
	defer stop()
	err := m.coordinator.Await(ctx, m.expect, m.maxWait)
	if failure := (*childFailure)(nil); errors.As(context.Cause(ctx), &failure) {
		return &part.Failure{Code: exitFailure, Text: failure.Error()}
	}
	if errors.Is(err, ErrGaveUp) {
		return &part.Failure{Code: exitFailure, Text: ErrGaveUp.Error()}
	}
	select {
	case <-m.coordinator.over: // which is logged
		return &part.Failure{Code: exitFailure}
	default:
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// judge: see part.Running.
func (m *master) judge(sum *report.Summary) string {
	if lost := sum.LostShare(); lost > m.accept {
		return fmt.Sprintf("%s of the load was lost with workers, and --accept-loss takes %s", say.Share(lost), say.Share(m.accept))
	}
	return ""
}

// stop: see part.Running.
func (m *master) stop(ctx context.Context) error {
	m.herd.letEnd()
	err := m.coordinator.Close()
	m.herd.stop(ctx)
	return err
}

// work: see part.Part.
func (p *asPart) work(ctx context.Context, w part.Work) error {
	if p.processes.Given() && !p.isChild() {
		return p.workers(ctx, w)
	}
	if p.isChild() {
		var stop context.CancelFunc
		ctx, stop = withParent(ctx)
		defer stop()
	}
	return failure(Work(ctx, p.workerConfig(w)))
}

// workerConfig is that of this process.
func (p *asPart) workerConfig(w part.Work) WorkerConfig {
	c := WorkerConfig{
		Join: p.join(), Cluster: cmp.Or(p.cluster.V, p.own.Cluster), Token: p.secretToken(), TLS: p.tls(),
		Program: w.Program, Version: w.Version, Journal: p.journal.V, Log: w.Log, Lines: &p.lines,
	}
	switch {
	case p.isChild():
		c.Index = p.child.V + 1
	case p.index.Given():
		c.Index = p.index.V + 1
	}
	c.ID = c.fill().ID
	c.Configure = func(settings map[string]string, secrets []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error) {
		maker, err := w.Configure(settings, secrets)
		if err != nil {
			return nil, err
		}
		return func(o loadgen.StartRequest) (loadgen.Runner, error) {
			r, err := maker(o)
			r.Observer = measure.OfWorker(c.ID, r.Observer)
			return r, err
		}, nil
	}
	return c
}

// join names the master of a worker.
func (p *asPart) join() string {
	if bus := cmp.Or(p.bus.V, p.own.Bus); bus != "" {
		return bus
	}
	text := p.masterHost.V
	address, rest, _ := strings.Cut(text, "#")
	if strings.Contains(text, "://") {
		return text
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), strconv.Itoa(p.masterPort.V))
	}
	if rest != "" {
		address += "#" + rest
	}
	return address
}

// failure gives an error of Work the exit code that Locust has.
func failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUnreached):
		return &part.Failure{Code: exitRoles, Text: strings.Replace(err.Error(), "cluster: ", "", 1)}
	case errors.Is(err, ErrOrphaned):
		return &part.Failure{Code: exitFailure}
	}
	return &part.Failure{Code: exitFailure, Text: strings.TrimPrefix(err.Error(), "cluster: ")}
}
