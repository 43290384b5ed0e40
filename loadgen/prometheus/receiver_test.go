package prometheus

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func has(labels map[string]string, pairs []string) bool {
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		if labels[name] != value {
			return false
		}
	}
	return true
}

// fields walks a protobuf message.
func fields(t *testing.T, data []byte, do func(field int, n uint64, text []byte)) {
	for len(data) > 0 {
		tag, k := binary.Uvarint(data)
		if !assert.Positive(t, k) {
			return
		}
		data = data[k:]
		switch tag & 7 {
		case 0:
			n, k := binary.Uvarint(data)
			do(int(tag>>3), n, nil)
			data = data[k:]
		case 1:
			do(int(tag>>3), binary.LittleEndian.Uint64(data), nil)
			data = data[8:]
		case 2:
			n, k := binary.Uvarint(data)
			do(int(tag>>3), 0, data[k:k+int(n)])
			data = data[k+int(n):]
		default:
			assert.Fail(t, "wire type", "%d", tag&7)
			return
		}
	}
}

func request(t *testing.T, body []byte) (all []series) {
	fields(t, body, func(_ int, _ uint64, data []byte) {
		s := series{labels: map[string]string{}}
		last := ""
		fields(t, data, func(field int, _ uint64, part []byte) {
			var texts [3]string
			var numbers [16]uint64
			fields(t, part, func(f int, n uint64, text []byte) {
				numbers[f] = n
				if f < 3 {
					texts[f] = string(text)
				}
			})
			switch field {
			case 1:
				assert.Less(t, last, texts[1], "labels are sorted")
				last = texts[1]
				s.labels[last] = texts[2]
			case 2:
				s.values = append(s.values, point{int64(numbers[2]), math.Float64frombits(numbers[1])})
			case 3:
				s.exemplars = append(s.exemplars, point{int64(numbers[3]), math.Float64frombits(numbers[2])})
			case 4:
				s.histograms = append(s.histograms, point{int64(numbers[15]), float64(numbers[1])})
			}
		})
		all = append(all, s)
	})
	return all
}
