package cluster

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/loadgen/cluster/internal/bus"
	"github.com/gensim/load-generator/loadgen/cluster/internal/lines"
)

// LossPolicy is what becomes of the load of a worker that is lost.
type LossPolicy string

// The policies. None takes load from a worker that is left, and whatever is not made is
// in the report.
const (
	LossBorder LossPolicy = "border" // the others make it from the start of the next phase on; as ""
	LossNow    LossPolicy = "now"    // the others make it at once
	LossStop   LossPolicy = "stop"   // the run ends, as aborted
	LossNever  LossPolicy = "never"  // nothing makes it
)

// TLS are paths of certificates in PEM. The zero TLS has none.
type TLS struct {
	CertFile, KeyFile string // of this end
	CAFile            string // of what signed the other end's certificate
}

// Config sets up a Coordinator. The zero value of each field has a meaning.
type Config struct {
	// Listen is the address for workers, host:port; "" is 127.0.0.1:0, any free port there. Beyond loopback a
	// Token is needed. Bus, if set, is the URL of a NATS server that is there already, and nothing
	// listens.
	Listen, Bus string
	// Cluster separates several coordinators on one Bus; "" is "default".
	Cluster string
	// Token is what workers show; "": none.
	Token string
	// TLS are certificates, for a bus beyond loopback; without any, one is made of the Token at start.
	TLS TLS

	// Program and Version are what workers must be, too.
	Program, Version string
	// AllowOtherBuild takes workers with another executable.
	AllowOtherBuild bool
	// Settings are what workers get: with them they make the same Runner. Secrets name those
	// that each worker must be given separately.
	Settings map[string]string
	Secrets  []string

	// OnLoss is what becomes of the load of a lost worker.
	OnLoss LossPolicy
	// Orphan is how long a worker makes load without a word from its coordinator, and
	// thereby how long one is silent before it counts as lost, 5 s to a year; 0: 60 s.
	Orphan time.Duration
	// MaxSkew is how far a worker's clock may be from the coordinator's, as far as known; 0:
	// 250 ms.
	MaxSkew time.Duration
	// Interval is the time between two reports of a worker, 10 ms to 1 min; 0: 1 s.
	Interval time.Duration
	// Checkpoint is a file in which the run in progress is kept, every 5 s and before the workers hear of a change by hand. It stays
	// until the next run, and Close removes it; "": nothing is kept. Resume lets the Coordinator continue a run that one before it has kept there; see Coordinator.Left.
	Checkpoint string
	Resume     bool
	// Log takes what happens; nil: nothing.
	Log *slog.Logger

	inProcess bool                    // of tests: workers of this process alone, no socket
	shared    bool                    // of tests: the server may have another coordinator
	wrap      func(net.Conn) net.Conn // of tests: around each connection
	server    *bus.Server             // of tests: the bus, of a coordinator that has ended; nil: a new one
}

// fill puts the defaults in.
func (c Config) fill() Config {
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:0")
	c.Cluster = cmp.Or(c.Cluster, "default")
	c.OnLoss = cmp.Or(c.OnLoss, LossBorder)
	c.Orphan = cmp.Or(c.Orphan, time.Minute)
	c.MaxSkew = cmp.Or(c.MaxSkew, 250*time.Millisecond)
	c.Interval = cmp.Or(c.Interval, time.Second)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c
}

// check reports the first field that makes no sense.
func (c Config) check() error {
	switch c.OnLoss {
	case LossBorder, LossNow, LossStop, LossNever:
	default:
		return fmt.Errorf("the policy %q for lost workers is unknown; give %s, %s, %s or %s", c.OnLoss, LossBorder, LossNow, LossStop, LossNever)
	}
	switch {
	case c.Cluster != bus.CleanID(c.Cluster):
		return fmt.Errorf("the name %q of the cluster has other characters than letters, digits, - and _", c.Cluster)
	case c.Orphan < shortestOrphan || c.Orphan > longestOrphan:
		return fmt.Errorf("workers without a master are to stop after %s; want %s to %s", say.Span(c.Orphan), say.Span(shortestOrphan), say.Span(longestOrphan))
	case c.MaxSkew < 0:
		return fmt.Errorf("the clocks' largest difference is %v; give 0 for 250ms, or more", c.MaxSkew)
	case c.Resume && c.Checkpoint == "":
		return errors.New("there is no checkpoint to resume from; name one")
	case c.Interval < shortestInterval || c.Interval > longestInterval:
		return fmt.Errorf("the interval of reports is %v; give 0 for 1s, or %v to %v", c.Interval, shortestInterval, longestInterval)
	}
	if err := program(c.Program, c.Version); err != nil {
		return err
	}
	return c.checkSettings()
}

// program refuses a name and a version of a program that messages have no room for.
func program(name, version string) error {
	if n := max(len(name), len(version)); n > maxName {
		return fmt.Errorf("name or version of the program has %d bytes, and several processes take at most %d", n, maxName)
	}
	return nil
}

// longSettings is the error of settings that are too long for the message in which a worker gets them.
type longSettings struct {
	name      string // of the longest one
	own, size int    // its bytes, and those of all
}

// problem is what is wrong, except for the name.
func (l *longSettings) problem() string {
	return fmt.Sprintf("has %s of the %s of settings that each worker gets in one message, and several processes take at most %s",
		say.Bytes(float64(l.own)), say.Bytes(float64(l.size)), say.Bytes(maxSettings))
}

func (l *longSettings) Error() string { return fmt.Sprintf("the setting %q %s", l.name, l.problem()) }

func (c Config) checkSettings() error {
	l := longSettings{size: len(encode(c.Settings)) + len(encode(c.Secrets))}
	if l.size <= maxSettings {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		if size := len(encode(c.Settings[name])); size > l.own {
			l.name, l.own = name, size
		}
	}
	return &l
}

// Limits of Config.Orphan, as some beats may be late, and of Config.Interval.
const (
	shortestOrphan   = 5 * time.Second
	longestOrphan    = 365 * 24 * time.Hour
	shortestInterval = 10 * time.Millisecond
	longestInterval  = time.Minute
)

// WorkerConfig sets up a worker. The zero value of each field but Configure has a meaning.
type WorkerConfig struct {
	// Join is where the coordinator is: host, host:port, the string that Coordinator.JoinString
	// gives, or URLs of an external NATS. "" is 127.0.0.1, at Locust's port 5557.
	Join string
	// Cluster, Token and TLS are as in Config.
	Cluster, Token string
	TLS            TLS
	// ID is the worker's name; "" is made of those of the machine and the process. A worker
	// that comes back under its name takes its place.
	ID string
	// Index is the share that it would like to make, from 1 to 100,000; 0: any.
	Index int
	// Program and Version are those of this program.
	Program, Version string
	// Configure makes the program ready by the coordinator's Settings. It returns an error that
	// ends the worker, such as about one of the secrets that is missing here, or what
	// makes the Runner of a run. It is called again for each coordinator.
	Configure func(settings map[string]string, secrets []string) (func(loadgen.StartRequest) (loadgen.Runner, error), error)
	// Journal is the folder for figures that no coordinator took; "" is the current one.
	Journal string
	// Log takes what happens; nil: nothing.
	Log *slog.Logger
	// Lines has what this process logs, for its coordinator to show; nil: nothing.
	Lines *Lines

	member func(loadgen.Runner, loadgen.Share) (member, error) // of tests; nil: Runner.Member
	target *bus.Target                                         // of tests: in place of Join
	wrap   func(net.Conn) net.Conn                             // of tests: around each connection
}

// Lines takes the lines that a worker logs, for Coordinator.Logs: write them here too. Up to 8 KiB go each second, and some
// hundred lines of each worker are kept; what was more is counted, and lost. The zero Lines is ready, for one worker.
type Lines struct{ pending lines.Pending }

// Write takes whole lines, as loggers write them. It never fails, and may be called from several goroutines.
func (l *Lines) Write(p []byte) (int, error) { return l.pending.Write(p) }

// fill puts the defaults in.
func (c WorkerConfig) fill() WorkerConfig {
	c.Join = cmp.Or(c.Join, "127.0.0.1")
	c.Cluster = cmp.Or(c.Cluster, "default")
	c.ID = bus.CleanID(cmp.Or(c.ID, idOf(os.Getpid())))
	c.Journal = cmp.Or(c.Journal, ".")
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	c.Lines = cmp.Or(c.Lines, new(Lines))
	if c.member == nil {
		c.member = func(r loadgen.Runner, s loadgen.Share) (member, error) { return r.Member(s) }
	}
	return c
}

// idOf is the name of a worker of this machine.
func idOf(pid int) string { return bus.CleanID(fmt.Sprintf("%s_%d", hostName(), pid)) }

// hostName is that of this machine.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "worker"
	}
	return name
}

// digestOf identifies settings.
func digestOf(settings map[string]string) string {
	if len(settings) == 0 {
		settings = nil // as it arrives
	}
	sum := sha256.Sum256(encode(settings)) // in the order of the keys
	return hex.EncodeToString(sum[:8])
}

// build is the SHA-256 of this executable; "" if it cannot be read.
var build = sync.OnceValue(func() string {
	sum, err := hashOf(os.Executable)
	if err != nil {
		return ""
	}
	return sum
})

func hashOf(path func() (string, error)) (string, error) {
	name, err := path()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}
