package agenttest

import (
	"encoding/hex"
	"fmt"
	"time"

	pb "github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace"
	"github.com/DataDog/datadog-agent/pkg/proto/pbgo/trace/idx"
)

// Span is a span as the agent sends it on.
type Span struct {
	Service  string             `json:"service"`
	Name     string             `json:"name"`
	Resource string             `json:"resource"`
	Type     string             `json:"type,omitempty"`
	TraceID  string             `json:"trace_id"` // 32 hexadecimal digits; 16 without the upper half
	SpanID   uint64             `json:"span_id"`
	ParentID uint64             `json:"parent_id"`
	Start    time.Time          `json:"start"`
	Duration time.Duration      `json:"duration_ns"`
	Error    bool               `json:"error"`
	Priority int32              `json:"sampling_priority"` // of its trace
	Tags     map[string]string  `json:"tags"`
	Numbers  map[string]float64 `json:"metrics"`
}

// spansOf reads the payload of protocol 0.4.
func spansOf(p *pb.TracerPayload) (spans []Span) {
	for _, chunk := range p.Chunks {
		upper := ""
		for _, s := range chunk.Spans {
			if id := s.Meta["_dd.p.tid"]; id != "" {
				upper = id
			}
		}
		for _, s := range chunk.Spans {
			spans = append(spans, Span{
				Service: s.Service, Name: s.Name, Resource: s.Resource, Type: s.Type,
				TraceID: upper + fmt.Sprintf("%016x", s.TraceID), SpanID: s.SpanID, ParentID: s.ParentID,
				Start: time.Unix(0, s.Start), Duration: time.Duration(s.Duration), Error: s.Error != 0,
				Priority: chunk.Priority, Tags: s.Meta, Numbers: s.Metrics,
			})
		}
	}
	return spans
}

// spansOfV1 reads the payload of protocol 1.0, whose strings stand in a table.
func spansOfV1(p *idx.TracerPayload) (spans []Span) {
	for _, chunk := range p.Chunks {
		for _, s := range chunk.Spans {
			spans = append(spans, spanOfV1(p.Strings, chunk, s))
		}
	}
	return spans
}

func spanOfV1(table []string, chunk *idx.TraceChunk, s *idx.Span) Span {
	span := Span{
		Service: table[s.ServiceRef], Name: table[s.NameRef], Resource: table[s.ResourceRef], Type: table[s.TypeRef],
		TraceID: hex.EncodeToString(chunk.TraceID), SpanID: s.SpanID, ParentID: s.ParentID,
		Start: time.Unix(0, int64(s.Start)), Duration: time.Duration(s.Duration), Error: s.Error,
		Priority: chunk.Priority, Tags: map[string]string{}, Numbers: map[string]float64{},
	}
	for ref, value := range s.Attributes {
		switch v := value.Value.(type) {
		case *idx.AnyValue_StringValueRef:
			span.Tags[table[ref]] = table[v.StringValueRef]
		case *idx.AnyValue_DoubleValue:
			span.Numbers[table[ref]] = v.DoubleValue
		case *idx.AnyValue_IntValue:
			span.Numbers[table[ref]] = float64(v.IntValue)
		case *idx.AnyValue_BoolValue:
			span.Tags[table[ref]] = fmt.Sprint(v.BoolValue)
		}
	}
	for key, text := range map[string]string{
		"env": table[s.EnvRef], "version": table[s.VersionRef], "component": table[s.ComponentRef], "span.kind": kinds[s.Kind],
	} {
		if text != "" {
			span.Tags[key] = text
		}
	}
	return span
}

var kinds = map[idx.SpanKind]string{
	idx.SpanKind_SPAN_KIND_INTERNAL: "internal",
	idx.SpanKind_SPAN_KIND_SERVER:   "server",
	idx.SpanKind_SPAN_KIND_CLIENT:   "client",
}
