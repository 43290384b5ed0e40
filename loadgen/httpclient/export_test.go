package httpclient

// BodyMemoryLeft is what the bodies in flight leave of Config.BodyMemory, in
// bytes.
func (c *Client) BodyMemoryLeft() int64 { return c.memory.Left() }
