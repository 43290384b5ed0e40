package datadog

import (
	"github.com/DataDog/datadog-go/v5/statsd"

	"github.com/gensim/load-generator/report"
	"github.com/gensim/load-generator/report/record"
)

// Names of the metrics of what is in no count of requests.
const (
	metricTransactions = "load_generator.transactions"
	metricTransaction  = "load_generator.transaction_ms"
	metricTagged       = "load_generator.tagged_requests"
	metricTaggedIn     = "load_generator.tagged_response_ms"
	metricCounter      = "load_generator.counter"
	metricAnswers      = "load_generator.answers"
	metricValue        = "load_generator.value"
)

// Tags of these metrics.
const (
	tagTransaction = "load.transaction"
	tagFigure      = "load.figure"
	tagAnswer      = "load.answer"
	tagTag         = "load.tag"
)

// own follows transactions, requests by tag and figures of the script. The recorder bounds how many there are of each, as
// docs/datadog.md says.
type own struct {
	followers [report.SortValue + 1]*record.Follower // nil: nothing is followed
}

func newOwn(r *record.Recorder) (o own) {
	for _, sort := range report.Sorts() {
		o.followers[sort] = r.FollowSort(sort)
	}
	return o
}

// send sends what each gained.
func (o *own) send(c *statsd.ClientDirect, m *metrics) {
	for sort, f := range o.followers {
		if f == nil {
			continue
		}
		gained, _ := f.Next()
		for i := range gained {
			m.own(c, report.Sort(sort), &gained[i])
		}
	}
}

// own sends what one row of a sort gained.
func (m *metrics) own(c *statsd.ClientDirect, sort report.Sort, x *record.Change) {
	of := m.run.phases[x.Phase].metric
	if x.Op.Kind != "" {
		of = with(of, tag(tagUsers, x.Op.Kind))
	}
	name := report.Declare(sort, x.Op.Anyone().String()).Name
	ok, bad := x.Count()
	switch sort {
	case report.SortTransaction:
		of = with(of, tag(tagTransaction, name))
		m.outcomes(c, metricTransactions, ok, bad, of)
		m.distribution(c, metricTransaction, x.Successes, of)
	case report.SortTag:
		operation, value := report.Op{Name: name}.Untagged()
		of = with(of, tag(tagOperation, operation.Name), tag(tagTag, value))
		m.outcomes(c, metricTagged, ok, bad, of)
		m.distribution(c, metricTaggedIn, x.Successes, of)
	case report.SortCounter:
		m.count(c, metricCounter, x.Sum(), with(of, tag(tagFigure, name)))
	case report.SortRate:
		of = with(of, tag(tagFigure, name))
		m.count(c, metricAnswers, ok, with(of, tag(tagAnswer, "yes")))
		m.count(c, metricAnswers, bad, with(of, tag(tagAnswer, "no")))
	case report.SortValue:
		for _, lot := range samples(x.Successes, maxSamples) {
			for i := range lot.values {
				lot.values[i] *= 1000 // a sample of 1 ms is a million nanoseconds, each of which stands for a thousandth
			}
			_ = c.DistributionSamples(metricValue, lot.values, with(of, tag(tagFigure, name)), lot.rate)
		}
	}
}

// outcomes sends how many succeeded and failed.
func (m *metrics) outcomes(c *statsd.ClientDirect, name string, ok, bad int64, of []string) {
	m.count(c, name, ok, with(of, tag(tagOutcome, "success")))
	m.count(c, name, bad, with(of, tag(tagOutcome, "failure")))
}
