package prometheus

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/klauspost/compress/s2"
	dto "github.com/prometheus/client_model/go"

	"github.com/gensim/load-generator/loadgen/internal/metrics"
)

// form is what a request of remote write holds.
type form struct {
	zeros  bool // before the first value of a count, so that it counts as an increase
	native bool // histograms too
}

// encoder writes requests of remote write 1.0 (prometheus.WriteRequest), which every receiver takes.
type encoder struct {
	common []label
	known  map[string]bool // series of the request that the receiver took last
	all    map[string]bool // series of the request in work
	last   time.Time       // what it has is of then; the start of the run if it has nothing
	at     time.Time       // of the request in work
	form   form
	to     []byte
}

// label is the name and value of a label.
type label struct{ name, value string }

func newEncoder(job, instance string, start time.Time) *encoder {
	return &encoder{common: []label{{"job", metrics.Clean(job)}, {"instance", metrics.Clean(instance)}}, known: map[string]bool{}, last: start}
}

// encode writes all series under one timestamp.
func (e *encoder) encode(families []*dto.MetricFamily, at time.Time, f form) []byte {
	e.at, e.form, e.to, e.all = at, f, nil, map[string]bool{}
	for _, family := range families {
		for _, m := range family.Metric {
			switch name := family.GetName(); {
			case m.Histogram != nil:
				e.histogram(name, m)
			case m.Counter != nil:
				e.float(name, m.Label, "", m.Counter.GetValue(), true, nil)
			case m.Gauge != nil:
				e.float(name, m.Label, "", m.Gauge.GetValue(), false, nil)
			}
		}
	}
	return s2.EncodeSnappy(nil, e.to)
}

// taken notes that the receiver has taken what was encoded last.
func (e *encoder) taken(at time.Time) {
	e.last, e.known = at, e.all
}

// histogram writes the classic series of a histogram, and the native one.
func (e *encoder) histogram(name string, m *dto.Metric) {
	h := m.Histogram
	for _, b := range h.Bucket {
		e.float(name+"_bucket", m.Label, strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64), float64(b.GetCumulativeCount()), true, b.Exemplar)
	}
	e.float(name+"_count", m.Label, "", float64(h.GetSampleCount()), true, nil)
	e.float(name+"_sum", m.Label, "", h.GetSampleSum(), true, nil)
	if !e.form.native {
		return
	}
	labels, first := e.series(name, m.Label, "")
	series := labels
	if first {
		zero := dto.Histogram{Schema: h.Schema, ZeroThreshold: h.ZeroThreshold}
		series = message(series, 4, native(&zero, e.last))
	}
	for _, x := range h.Exemplars {
		series = e.exemplar(series, x)
	}
	e.to = message(e.to, 1, message(series, 4, native(h, e.at)))
}

// exemplar adds an exemplar to a series unless the receiver has it from an earlier request, or it is of later than this one:
// receivers complain of those that come again.
func (e *encoder) exemplar(to []byte, x *dto.Exemplar) []byte {
	at := x.GetTimestamp().AsTime()
	if x == nil || !at.After(e.last) || at.After(e.at) {
		return to
	}
	var out []byte
	for _, l := range x.Label {
		out = message(out, 1, text(text(nil, 1, l.GetName()), 2, l.GetValue()))
	}
	return message(to, 3, number(double(out, 2, x.GetValue()), 3, uint64(at.UnixMilli())))
}

// float writes a series of plain values, with an exemplar if there is one.
func (e *encoder) float(name string, labels []*dto.LabelPair, le string, v float64, counts bool, like *dto.Exemplar) {
	series, first := e.series(name, labels, le)
	if counts && first {
		series = message(series, 2, sample(0, e.last))
	}
	e.to = message(e.to, 1, e.exemplar(message(series, 2, sample(v, e.at)), like))
}

// series writes the labels of a series, and reports whether it is to begin with a zero.
func (e *encoder) series(name string, pairs []*dto.LabelPair, le string) (out []byte, first bool) {
	labels := append(slices.Clone(e.common), label{"__name__", name})
	for _, p := range pairs {
		labels = append(labels, label{p.GetName(), p.GetValue()})
	}
	labels = append(labels, label{"le", le})
	slices.SortFunc(labels, func(a, b label) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	for _, l := range labels {
		if l.value != "" {
			out = message(out, 1, text(text(nil, 1, l.name), 2, l.value))
		}
	}
	key := string(out)
	e.all[key] = true
	return out, !e.known[key] && e.form.zeros && e.last.Before(e.at)
}

// sample writes a Sample.
func sample(v float64, at time.Time) []byte {
	return number(double(nil, 1, v), 2, uint64(at.UnixMilli()))
}

// native writes a Histogram.
func native(h *dto.Histogram, at time.Time) []byte {
	out := number(nil, 1, h.GetSampleCount())
	out = double(out, 3, h.GetSampleSum())
	out = number(out, 4, zigzag(int64(h.GetSchema())))
	out = double(out, 5, h.GetZeroThreshold())
	out = number(out, 6, h.GetZeroCount())
	for _, s := range h.PositiveSpan {
		out = message(out, 11, number(number(nil, 1, zigzag(int64(s.GetOffset()))), 2, uint64(s.GetLength())))
	}
	var deltas []byte
	for _, d := range h.PositiveDelta {
		deltas = binary.AppendUvarint(deltas, zigzag(d))
	}
	out = message(out, 12, deltas)
	return number(out, 15, uint64(at.UnixMilli()))
}

// The four kinds of fields that protobuf messages have here: varint, 64 bits, text, message.

func number(to []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, uint64(field)<<3), v)
}

func double(to []byte, field int, v float64) []byte {
	return binary.LittleEndian.AppendUint64(binary.AppendUvarint(to, uint64(field)<<3|1), math.Float64bits(v))
}

func text(to []byte, field int, v string) []byte { return message(to, field, []byte(v)) }

func message(to []byte, field int, v []byte) []byte {
	to = binary.AppendUvarint(to, uint64(field)<<3|2)
	return append(binary.AppendUvarint(to, uint64(len(v))), v...)
}

// zigzag writes small negative numbers short.
func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }
