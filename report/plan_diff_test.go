package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlanDiff(t *testing.T) {
	plan := func(digest string, seed uint64, edit func(*Summary)) *Summary {
		s := &Summary{PlanDigest: digest, Seed: seed, Streams: 1, Phases: []PhaseSummary{
			{Name: "a", EndS: 60, Users: 10, Model: "closed", Pace: "think 2s", Stages: []Stage{{ForS: 120, To: 10}}, Weights: map[string]float64{"list": .5, "add": .5}},
			{Name: "b", StartS: 60, EndS: 120.3, Users: 50, SettleS: 15, Weights: map[string]float64{"list": 1}},
		}}
		if edit != nil {
			edit(s)
		}
		return s
	}
	same := plan("x", 1, nil)
	assert.Empty(t, same.PlanDiff(plan("x", 1, func(s *Summary) { s.Phases[1].EndS = 70 })), "a run that was ended early has the same plan")
	assert.Empty(t, same.PlanDiff(plan("y", 2, nil)), "another seed is another digest of the same plan")
	assert.Equal(t, []string{"something that the summaries do not show (plans x and y)"}, same.PlanDiff(plan("y", 1, nil)))
	for want, edit := range map[string]func(*Summary){
		`phases ["a" "b"] against ["a" "c"]`:                                    func(s *Summary) { s.Phases[1].Name = "c" },
		"random streams of version 1 against 2":                                 func(s *Summary) { s.Streams = 2 },
		"phase b: length 1:00 against 5:00":                                     func(s *Summary) { s.Phases[1].EndS = 360 },
		"phase b: users 50 against 40":                                          func(s *Summary) { s.Phases[1].Users = 40 },
		"phase a: spawn rate 0 against 2":                                       func(s *Summary) { s.Phases[0].SpawnRate = 2 },
		"phase a: shape stages 2m:10 against stages 1m:10":                      func(s *Summary) { s.Phases[0].Stages = []Stage{{ForS: 60, To: 10}} },
		"phase a: shape stage 1: 120 s to 10 against stage 1: 120 s to 10.0001": func(s *Summary) { s.Phases[0].Stages = []Stage{{ForS: 120, To: 10.0001}} },
		"phase a: shape stages 2m:10 against none":                              func(s *Summary) { s.Phases[0].Stages = nil },
		"phase a: model closed against open":                                    func(s *Summary) { s.Phases[0].Model = "open" },
		"phase a: pace think 2s against think 3s":                               func(s *Summary) { s.Phases[0].Pace = "think 3s" },
		"phase a: arm  against A":                                               func(s *Summary) { s.Phases[0].Arm = "A" },
		"phase b: settling 15 against 30":                                       func(s *Summary) { s.Phases[1].SettleS = 30 },
		"phase a: replay 0 against 1":                                           func(s *Summary) { s.Phases[0].Replay = 1 },
		"phase a: share of add 50 % against 0 %": func(s *Summary) {
			s.Phases[0].Weights = map[string]float64{"list": .5, "add": 0}
		},
		"phase b: tasks [list] against [add list]": func(s *Summary) {
			s.Phases[1].Weights = map[string]float64{"list": 1, "add": 0}
		},
	} {
		assert.Equal(t, []string{want}, same.PlanDiff(plan("y", 2, edit)))
	}
}
