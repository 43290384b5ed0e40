package claim_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/claim"
	"github.com/gensim/load-generator/report/record"
)

// stage is a phase of a made-up run.
type stage struct {
	name, arm string
	load      string // "low", "high"
	seconds   int
	rate      int           // requests per second of each operation
	took      time.Duration // mean response time of GET /a; POST /b takes twice as long
	constant  bool
	moves     bool          // by stages, to its end
	failing   float64       // share of requests
	after     time.Duration // by which requests are slower, fading with 10 s
}

// ops are the operations of recorded runs.
var ops = []report.Op{{Method: "GET", Name: "/a"}, {Method: "POST", Name: "/b"}}

// infos are the phases of a run with these stages.
func infos(stages []stage) (out []report.PhaseInfo) {
	var at time.Duration
	for _, s := range stages {
		end := at + time.Duration(s.seconds)*time.Second
		out = append(out, report.PhaseInfo{Name: s.name, Arm: s.arm, Load: s.load, Start: at, End: end, RampEnd: at, Settle: min(10, time.Duration(s.seconds)/4) * time.Second, Model: "closed"})
		if last := &out[len(out)-1]; s.moves {
			last.Stages, last.RampEnd = []report.Stage{{ForS: float64(s.seconds), To: 50}}, end
		}
		at = end
	}
	return out
}

// recorder records a run with these stages, and returns when it ends.
func recorder(stages ...stage) (*record.Recorder, time.Duration) {
	phases := infos(stages)
	r := record.New(record.Config{Phases: phases, Shards: 1})
	random := rand.New(rand.NewPCG(1, 3))
	for i, s := range stages {
		for n := range s.seconds * s.rate {
			at := phases[i].Start + time.Duration(n)*time.Second/time.Duration(s.rate)
			for j, op := range ops {
				took := s.took * time.Duration(j+1)
				if !s.constant {
					took = time.Duration(float64(took) * math.Exp(.3*random.NormFloat64()))
				}
				took += time.Duration(float64(s.after) * math.Exp(-(at-phases[i].Start).Seconds()/10))
				x := record.Sample{Op: op, Intended: at, Woken: at, Sent: at, Done: at + took}
				if random.Float64() < s.failing {
					x.Err = "http 503"
				}
				r.Shard(0).Record(&x)
			}
		}
	}
	return r, phases[len(phases)-1].End
}

// plan is a plan without a run.
type plan struct {
	phases   []report.PhaseInfo
	ops      []string
	declared []report.Declared
}

func (p plan) Phases() []report.PhaseInfo { return p.phases }

func (p plan) Operations() []string { return p.ops }

func (p plan) Declared() []report.Declared { return p.declared }

// judged holds claims against a run.
func judged(t *testing.T, sum *report.Summary, texts ...string) []claim.Result {
	t.Helper()
	list, err := claim.ParseAll(texts...)
	require.NoError(t, err)
	out := list.Judge(sum)
	require.Len(t, out, len(texts))
	for _, r := range out {
		require.NotEmpty(t, r.Said, r.Claim)
		assert.NotContains(t, r.String(), "NaN")
		_, err := json.Marshal(r)
		require.NoError(t, err, r.Claim)
	}
	return out
}

// expect checks one outcome and, if wanted, its sentence.
func expect(t *testing.T, sum *report.Summary, text string, outcome claim.Outcome, said string) claim.Result {
	t.Helper()
	r := judged(t, sum, text)[0]
	assert.Equal(t, outcome, r.Outcome, "%s", r)
	assert.Contains(t, r.String(), said)
	return r
}

// tick is the unit of response times in tests.
const tick = time.Millisecond
