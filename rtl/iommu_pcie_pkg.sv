// SPDX-License-Identifier: Apache-2.0
//
// Types of the PCI Express front end: TLPs as fields, and headers from fields.
// A header is 128 bits, its first doubleword (Fmt, Type) highest; of a header of
// three doublewords the lowest 32 bits are not used.

package iommu_pcie_pkg;

  import iommu_build_pkg::*;
  import iommu_pkg::*;

  // Reads under way, as bursts: each is one completion.
  localparam int unsigned SlotWidth = 4;
  localparam int unsigned Slots     = 2 ** SlotWidth;

  // The longest payload of a write, 512 bytes.
  localparam int unsigned MaxPayload = 128;

  typedef logic [SlotWidth-1:0] slot_t;
  typedef logic [10:0]          dwords_t;   // 0 to 1,024
  typedef logic [31:0]          sequence_t; // counts writes; wraps

  // Whom a completion is for, and what it copies from the request.
  typedef struct packed {
    logic [DeviceIdWidth-1:0] device_id;    // {segment, requester id}
    logic [9:0]               tag;
    logic [2:0]               tc;
    logic [2:0]               attr;         // IDO, RO, No Snoop
  } origin_t;

  // A memory request.
  typedef struct packed {
    origin_t                   origin;
    ttype_e                    ttype;
    logic                      exec;
    logic                      priv;
    logic                      pv;
    logic [ProcessIdWidth-1:0] process_id;
    logic [63:0]               addr;        // of the first byte that is enabled
    logic                      no_write;    // NW of a translation request
    dwords_t                   dwords;
    logic [3:0]                first_be;
    logic [3:0]                last_be;
  } access_t;

  // What is to be done with a TLP that is not malformed.
  typedef enum logic [2:0] {
    KindWrite,          // memory write
    KindRead,           // memory read
    KindTranslation,    // translation request
    KindUnsupported,    // other non-posted requests: answered with UR
    KindPage,           // Page Request
    KindInvalidated,    // Invalidate Completion
    KindPoisoned,       // memory write with EP: dropped
    KindDropped         // posted or a completion, and not for us
  } kind_e;

  // Non-posted requests in the order of arrival.
  typedef struct packed {
    kind_e     kind;
    access_t   access;
    sequence_t after;    // leaves when so many writes are done
  } non_posted_t;

  // Messages in the order of arrival.
  typedef struct packed {
    logic              invalidated;   // Invalidate Completion
    page_request_t     page;
    inval_completion_t completion;
    sequence_t         after;
  } message_t;

  // A TLP beside its data.
  typedef struct packed {
    logic [127:0] hdr;
    logic         prefix_valid;
    logic [31:0]  prefix;
    logic [7:0]   segment;
  } header_t;

  typedef enum logic [2:0] {
    CplSuccess     = 3'd0,
    CplUnsupported = 3'd1,
    CplAbort       = 3'd4
  } cpl_status_e;

  localparam logic [7:0] PrefixPasid        = 8'h91;
  localparam logic [7:0] CodeInvalidate     = 8'h01;
  localparam logic [7:0] CodeInvalidated    = 8'h02;
  localparam logic [7:0] CodePageRequest    = 8'h04;
  localparam logic [7:0] CodePageResponse   = 8'h05;

  // Has the count of writes got there? Counts wrap.
  function automatic logic reached(sequence_t count, sequence_t goal);
    return count == goal || $signed(count - goal) > 0;
  endfunction

  // Completion: with data where `dwords` is not 0. Of 4,096 bytes owed the field is 0.
  function automatic header_t completion_header(
    logic [15:0] completer, origin_t origin, cpl_status_e status, logic [11:0] owed,
    logic [6:0] lower_addr, dwords_t dwords
  );
    header_t header;
    header.hdr = {
      1'b0, dwords != '0, 1'b0, 5'b01010, origin.tag[9], origin.tc, origin.tag[8],
      origin.attr[2], 4'b0, origin.attr[1:0], 2'b0, dwords[9:0],
      completer, status, 1'b0, owed,
      origin.device_id[15:0], origin.tag[7:0], 1'b0, lower_addr,
      32'b0
    };
    header.prefix_valid = 1'b0;
    header.prefix       = '0;
    header.segment      = origin.device_id[23:16];
    return header;
  endfunction

  // Message to a device, routed by its id. `below` are the bits after Device ID.
  function automatic header_t message_header(
    logic [15:0] sender, logic [7:0] tag, logic [7:0] code, dwords_t dwords,
    logic [DeviceIdWidth-1:0] device_id, logic segment_valid, logic [15:0] below,
    logic pv, logic [ProcessIdWidth-1:0] process_id
  );
    header_t header;
    header.hdr = {
      1'b0, dwords != '0, 1'b1, 5'b10010, 14'b0, dwords[9:0],
      sender, tag, code,
      device_id[15:0], below,
      32'b0
    };
    header.prefix_valid = pv;
    header.prefix       = {PrefixPasid, 4'b0, process_id};
    header.segment      = segment_valid ? device_id[23:16] : 8'd0;
    return header;
  endfunction

  // The first byte of a payload is the lowest of `data`, and the highest of a
  // body or entry.
  function automatic logic [63:0] network_order(logic [63:0] word);
    return {word[7:0], word[15:8], word[23:16], word[31:24],
            word[39:32], word[47:40], word[55:48], word[63:56]};
  endfunction

  // Place of the first byte in its doubleword.
  function automatic logic [1:0] first_byte(logic [3:0] enables);
    if (enables[0])      return 2'd0;
    else if (enables[1]) return 2'd1;
    else if (enables[2]) return 2'd2;
    else if (enables[3]) return 2'd3;
    else                 return 2'd0;
  endfunction

  // Bytes that a read asks for, from the first one enabled to the last one; a read
  // of nothing counts as one byte.
  function automatic logic [12:0] byte_count(dwords_t dwords, logic [3:0] first, logic [3:1] last);
    logic [2:0] tail;
    logic [1:0] cut;
    tail = (dwords == 11'd1) ? first[3:1] : last;
    if (tail[2])      cut = 2'd0;
    else if (tail[1]) cut = 2'd1;
    else if (tail[0]) cut = 2'd2;
    else              cut = 2'd3;
    return {dwords, 2'b00} - 13'(cut) - 13'(first_byte(first));
  endfunction

endpackage
