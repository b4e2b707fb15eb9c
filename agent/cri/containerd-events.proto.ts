/** containerd's own event service (containerd api/services/events/v1 and api/events), as protocol buffers text. */
export const containerdEventsProto = `
syntax = "proto3";
package containerd;

service Events {
  rpc Subscribe(SubscribeRequest) returns (stream Envelope);
}

message SubscribeRequest { repeated string filters = 1; }
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Any { string type_url = 1; bytes value = 2; }
message Envelope { Timestamp timestamp = 1; string namespace = 2; string topic = 3; Any event = 4; }
message TaskExit { string container_id = 1; string id = 2; uint32 pid = 3; uint32 exit_status = 4; }
message TaskOOM { string container_id = 1; }
`;
