// Package looks plans when a run is judged before its end, so that it can end as soon as it is sure, and judges it then.
//
// Looking again and again at an interval that is made for one look calls noise an effect in many more runs than it says. So
// the looks are planned before the run, each has its share of the error that is allowed in all (nearly none early, most at
// the end), and every effect of such a run, at a look and at the end, has an interval that is wider by what the looks cost.
// A run without end has intervals that hold at any time, and are wider still. docs/statistics.md, section 6, has the numbers.
//
//	runner.Looks, err = looks.Of(plan.Phases())
//	runner.Decide = looks.Judge(options)
package looks
