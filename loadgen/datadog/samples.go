package datadog

import "github.com/gensim/load-generator/report/hist"

// lot are response times in ms that stand for 1/rate requests each.
type lot struct {
	values []float64
	rate   float64
}

// samples turns a histogram into at most some limit response times. When it
// holds more, the middle one stands for each group of 2^j neighbours, with the rate
// 2^-j: a power of two, so that the agent gets their count back exactly. What does
// not fill a group goes into ever smaller ones, and the slowest request stands
// alone.
func samples(buckets []hist.Bucket, limit uint64) (lots []lot) {
	var n uint64
	for _, b := range buckets {
		n += b.Count
	}
	if n == 0 {
		return nil
	}
	size := uint64(1)
	for n/size > limit {
		size *= 2
	}
	w := ranks{buckets: buckets}
	for rest := n - 1; size > 0; size /= 2 {
		if groups := rest / size; groups > 0 {
			lots = append(lots, lot{w.take(groups, size), 1 / float64(size)})
			rest -= groups * size
		}
	}
	slowest := w.take(1, 1)
	if last := len(lots) - 1; last >= 0 && lots[last].rate == 1 {
		lots[last].values = append(lots[last].values, slowest...)
		return lots
	}
	return append(lots, lot{slowest, 1})
}

// ranks walks a histogram in ascending order.
type ranks struct {
	buckets []hist.Bucket
	at      uint64 // rank of the next request
	below   uint64 // requests in the buckets that are done with
}

// take returns the middle ones of the next groups, in ms.
func (w *ranks) take(groups, size uint64) []float64 {
	values := make([]float64, 0, groups)
	for range groups {
		middle := w.at + size/2
		for middle >= w.below+w.buckets[0].Count {
			w.below += w.buckets[0].Count
			w.buckets = w.buckets[1:]
		}
		b := w.buckets[0]
		values = append(values, millis((b.Low()+b.High())/2))
		w.at += size
	}
	return values
}
