-- SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
--
-- Wireshark dissector for the captures of Sallyport: transaction-layer packets
-- of PCI Express behind two bytes, direction and segment, under link type USER0.
--
--   tshark -X lua_script:tb/wireshark/sallyport_tlp.lua -r capture.pcapng
--
-- Requests and what answers them are linked both ways: completions by requester
-- and tag, invalidations by device and ITag, page requests by device and group.

local proto = Proto("sallyport_tlp", "PCI Express transaction layer (Sallyport)")

local directions = { [0] = "upstream", [1] = "downstream" }
local address_types = {
  [0] = "untranslated", [1] = "translation request", [2] = "translated", [3] = "reserved",
}
local statuses = {
  [0] = "successful completion", [1] = "unsupported request",
  [2] = "request retry status", [4] = "completer abort",
}
local message_codes = {
  [1] = "Invalidate Request", [2] = "Invalidate Completion",
  [4] = "Page Request", [5] = "PRG Response",
}
local response_codes = { [0] = "success", [1] = "invalid request", [15] = "response failure" }
local atomics = { [0x0c] = "FetchAdd", [0x0d] = "Swap", [0x0e] = "CAS" }

local f = {
  direction = ProtoField.uint8("sallyport_tlp.direction", "Direction", base.DEC, directions),
  segment = ProtoField.uint8("sallyport_tlp.segment", "Segment", base.HEX),
  prefix = ProtoField.uint8("sallyport_tlp.prefix", "Prefix", base.HEX),
  pasid = ProtoField.uint32("sallyport_tlp.pasid", "PASID", base.HEX, nil, 0x000fffff),
  privileged = ProtoField.bool("sallyport_tlp.pasid.privileged", "Privileged Mode Requested", 32, nil, 0x00800000),
  execute = ProtoField.bool("sallyport_tlp.pasid.execute", "Execute Requested", 32, nil, 0x00400000),
  fmt = ProtoField.uint8("sallyport_tlp.fmt", "Fmt", base.HEX, nil, 0xe0),
  type = ProtoField.uint8("sallyport_tlp.type", "Type", base.HEX, nil, 0x1f),
  class = ProtoField.uint32("sallyport_tlp.tc", "Traffic Class", base.DEC, nil, 0x00700000),
  id_ordered = ProtoField.bool("sallyport_tlp.attr.ido", "ID-Based Ordering", 32, nil, 0x00040000),
  poisoned = ProtoField.bool("sallyport_tlp.ep", "Error Poisoned", 32, nil, 0x00004000),
  relaxed = ProtoField.bool("sallyport_tlp.attr.ro", "Relaxed Ordering", 32, nil, 0x00002000),
  no_snoop = ProtoField.bool("sallyport_tlp.attr.ns", "No Snoop", 32, nil, 0x00001000),
  at = ProtoField.uint32("sallyport_tlp.at", "Address Type", base.DEC, address_types, 0x00000c00),
  length = ProtoField.uint16("sallyport_tlp.length", "Length (doublewords)", base.DEC),
  requester = ProtoField.string("sallyport_tlp.requester", "Requester ID"),
  completer = ProtoField.string("sallyport_tlp.completer", "Completer ID"),
  target = ProtoField.string("sallyport_tlp.target", "Device ID"),
  tag = ProtoField.uint16("sallyport_tlp.tag", "Tag", base.HEX),
  first_be = ProtoField.uint8("sallyport_tlp.first_be", "First DW BE", base.HEX, nil, 0x0f),
  last_be = ProtoField.uint8("sallyport_tlp.last_be", "Last DW BE", base.HEX, nil, 0xf0),
  address = ProtoField.uint64("sallyport_tlp.address", "Address", base.HEX),
  no_write = ProtoField.bool("sallyport_tlp.ats.nw", "No Write"),
  status = ProtoField.uint16("sallyport_tlp.status", "Completion Status", base.DEC, statuses, 0xe000),
  byte_count = ProtoField.uint16("sallyport_tlp.byte_count", "Byte Count", base.DEC),
  lower_address = ProtoField.uint8("sallyport_tlp.lower_address", "Lower Address", base.HEX, nil, 0x7f),
  code = ProtoField.uint8("sallyport_tlp.message", "Message Code", base.HEX, message_codes),
  itag = ProtoField.uint8("sallyport_tlp.ats.itag", "ITag", base.DEC, nil, 0x1f),
  itags = ProtoField.uint32("sallyport_tlp.ats.itags", "ITag Vector", base.HEX),
  count = ProtoField.uint8("sallyport_tlp.ats.count", "Completion Count", base.DEC),
  range = ProtoField.uint64("sallyport_tlp.ats.range", "Range", base.HEX),
  bytes = ProtoField.string("sallyport_tlp.ats.bytes", "Bytes"),
  invalidate_global = ProtoField.bool("sallyport_tlp.ats.invalidate_global", "Global Invalidate"),
  s = ProtoField.bool("sallyport_tlp.ats.s", "S: larger than a page"),
  n = ProtoField.bool("sallyport_tlp.ats.n", "N: non-snooped accesses"),
  global = ProtoField.bool("sallyport_tlp.ats.global", "Global Mapping"),
  priv = ProtoField.bool("sallyport_tlp.ats.priv", "Privileged Mode Access"),
  exe = ProtoField.bool("sallyport_tlp.ats.exe", "Execute Permitted"),
  u = ProtoField.bool("sallyport_tlp.ats.u", "U: untranslated access only"),
  w = ProtoField.bool("sallyport_tlp.ats.w", "W"),
  r = ProtoField.bool("sallyport_tlp.ats.r", "R"),
  group = ProtoField.uint16("sallyport_tlp.pri.group", "Page Request Group Index", base.HEX),
  last = ProtoField.bool("sallyport_tlp.pri.last", "L: last request in group"),
  stop = ProtoField.bool("sallyport_tlp.pri.stop_marker", "Stop Marker"),
  want_write = ProtoField.bool("sallyport_tlp.pri.w", "W: write access requested"),
  want_read = ProtoField.bool("sallyport_tlp.pri.r", "R: read access requested"),
  response = ProtoField.uint8("sallyport_tlp.pri.code", "Response Code", base.HEX, response_codes),
  payload = ProtoField.bytes("sallyport_tlp.payload", "Payload"),
  answered_in = ProtoField.framenum("sallyport_tlp.answered_in", "Answered in", base.NONE, frametype.RESPONSE),
  answer_to = ProtoField.framenum("sallyport_tlp.answer_to", "Answer to", base.NONE, frametype.REQUEST),
  time = ProtoField.relative_time("sallyport_tlp.time", "Time since the request"),
}
do
  local all = {}
  for _, field in pairs(f) do all[#all + 1] = field end
  proto.fields = all
end

-- What PCI Express calls malformed can still be told; Wireshark's own mark is for
-- what cannot.
local malformed = ProtoExpert.new("sallyport_tlp.malformed", "Malformed packet", expert.group.PROTOCOL, expert.severity.ERROR)
local cut = ProtoExpert.new("sallyport_tlp.cut", "The header is not whole", expert.group.MALFORMED, expert.severity.ERROR)
local unanswered = ProtoExpert.new("sallyport_tlp.unasked", "Answer without a request", expert.group.SEQUENCE, expert.severity.WARN)
proto.experts = { malformed, cut, unanswered }

local epoch = Field.new("frame.time_epoch")

-- What waits for an answer, by key: {number, time} of the request. What a frame
-- was linked to is kept, so that frames can be shown in any order.
local open, answer_of, request_of, seen

function proto.init()
  open, answer_of, request_of, seen = {}, {}, {}, {}
end

local function asks(key, pinfo)
  if not seen[pinfo.number] then
    open[key] = { number = pinfo.number, time = epoch().value }
  end
end

local function answers(key, pinfo, last)
  if seen[pinfo.number] then return end
  local request = open[key]
  if request == nil then return end
  request_of[pinfo.number] = request_of[pinfo.number] or request
  answer_of[request.number] = answer_of[request.number] or pinfo.number
  if last then open[key] = nil end
end

local function bdf(raw)
  return string.format("%02x:%02x.%x", bit32.rshift(raw, 8), bit32.band(bit32.rshift(raw, 3), 0x1f), bit32.band(raw, 7))
end

local function bits(word, from, count)
  return bit32.band(bit32.rshift(word, from), bit32.lshift(1, count) - 1)
end

-- Length and start of a range in the encoding of S, as text.
local function extent(high, low)
  if bits(low, 11, 1) == 0 then return "4 KiB" end
  local size = 13
  for bit = 12, 62 do
    local set
    if bit < 32 then set = bits(low, bit, 1) else set = bits(high, bit - 32, 1) end
    if set == 0 then break end
    size = bit + 2
  end
  local units = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" }
  local unit = math.floor(size / 10)
  return string.format("%d %s", 2 ^ (size - 10 * unit), units[unit])
end

local function entry(buffer, tree, index)
  local low = buffer(4, 4):uint()
  local branch = tree:add(proto, buffer, string.format("Translation %d", index))
  branch:add(f.range, buffer)
  branch:add(f.bytes, buffer, extent(buffer(0, 4):uint(), low))
  local names = { "r", "w", "u", "exe", "priv", "global" }
  for n, name in ipairs(names) do branch:add(f[name], buffer(7, 1), bits(low, n - 1, 1) == 1) end
  branch:add(f.n, buffer(6, 1), bits(low, 10, 1) == 1)
  branch:add(f.s, buffer(6, 1), bits(low, 11, 1) == 1)
  local rights = (bits(low, 0, 1) == 1 and "R" or "-") .. (bits(low, 1, 1) == 1 and "W" or "-")
    .. (bits(low, 3, 1) == 1 and "X" or "-") .. (bits(low, 2, 1) == 1 and " U" or "")
  return rights .. " " .. extent(buffer(0, 4):uint(), low)
end

local function translations(payload, tree)
  local text = {}
  for index = 0, math.floor(payload:len() / 8) - 1 do
    text[#text + 1] = entry(payload(index * 8, 8), tree, index)
  end
  return table.concat(text, ", ")
end

local function message(header, payload, tree, context, code)
  local third, fourth = header(8, 4):uint(), header(12, 4):uint()
  local target = bits(third, 16, 16)
  local name = message_codes[code]
  tree:add(f.code, header(7, 1))
  if name == nil then return string.format("message %#04x", code) end
  if code == 1 then
    if payload == nil or payload:len() ~= 8 then return name, "body is not 8 bytes" end
    local itag = bits(header(6, 1):uint(), 0, 5)
    tree:add(f.itag, header(6, 1))
    tree:add(f.target, header(8, 2), bdf(target))
    tree:add(f.range, payload)
    local low = payload(4, 4):uint()
    tree:add(f.s, payload(6, 1), bits(low, 11, 1) == 1)
    tree:add(f.bytes, payload, extent(payload(0, 4):uint(), low))
    tree:add(f.invalidate_global, payload(7, 1), bits(low, 0, 1) == 1)
    asks(context.key("invalidate", target, itag), context.pinfo)
    return string.format("%s to %s, ITag %d, %s", name, bdf(target), itag, extent(payload(0, 4):uint(), low))
  elseif code == 2 then
    local count = bits(third, 0, 3)
    if count == 0 then count = 8 end
    tree:add(f.target, header(8, 2), bdf(target))
    tree:add(f.count, header(11, 1), count)
    tree:add(f.itags, header(12, 4))
    local tags = {}
    for itag = 0, 31 do
      if bits(fourth, itag, 1) == 1 then
        tags[#tags + 1] = tostring(itag)
        answers(context.key("invalidate", context.sender, itag), context.pinfo, count == 1)
      end
    end
    context.answer = true
    return string.format("%s, ITags %s of %d", name, table.concat(tags, " "), count)
  elseif code == 4 then
    local group = bits(fourth, 3, 9)
    local last, write, read = bits(fourth, 2, 1) == 1, bits(fourth, 1, 1) == 1, bits(fourth, 0, 1) == 1
    local page = header(8, 8):uint64():band(UInt64(0xfffff000, 0xffffffff))
    tree:add(f.address, header(8, 8), page)
    tree:add(f.group, header(14, 2), group)
    tree:add(f.last, header(15, 1), last)
    tree:add(f.want_write, header(15, 1), write)
    tree:add(f.want_read, header(15, 1), read)
    if last and not write and not read and context.pasid then
      tree:add(f.stop, header(15, 1), true)
      return "Stop Marker"
    end
    if last then asks(context.key("page", context.sender, group), context.pinfo) end
    return string.format("%s 0x%s, group %d%s", name, page:tohex(), group, last and ", last" or "")
  end
  local group, response = bits(third, 0, 9), bits(third, 12, 4)
  tree:add(f.target, header(8, 2), bdf(target))
  tree:add(f.response, header(10, 1), response)
  tree:add(f.group, header(10, 2), group)
  answers(context.key("page", target, group), context.pinfo, true)
  context.answer = true
  return string.format("%s to %s, group %d: %s", name, bdf(target), group, response_codes[response] or "reserved")
end

local function completion(header, payload, tree, context)
  local second, third = header(4, 4):uint(), header(8, 4):uint()
  local requester, status = bits(third, 16, 16), bits(second, 13, 3)
  local tag = context.tag(bits(third, 8, 8))
  local count = bits(second, 0, 12)
  if count == 0 then count = 4096 end
  tree:add(f.completer, header(4, 2), bdf(context.sender))
  tree:add(f.requester, header(8, 2), bdf(requester))
  tree:add(f.tag, header(10, 1), tag)
  tree:add(f.status, header(6, 2))
  tree:add(f.byte_count, header(6, 2), count)
  tree:add(f.lower_address, header(11, 1))
  local held = payload and payload:len() or 0
  local last = status ~= 0 or count + bits(third, 0, 2) <= held
  local key = context.key("tag", requester, tag)
  answers(key, context.pinfo, last)
  context.answer = true
  local text = string.format("Cpl%s to %s, tag %#x", payload and "D" or "", bdf(requester), tag)
  if status ~= 0 then return text .. ": " .. (statuses[status] or "reserved status") end
  local request = request_of[context.pinfo.number]
  if payload and request and request_of["ats" .. request.number] then
    return text .. ": " .. translations(payload, tree)
  end
  return string.format("%s, %d of %d bytes", text, held, count)
end

-- Rules of First and Last DW BE; two doublewords of one quadword may have gaps.
local whole_first = { [15] = true, [14] = true, [12] = true, [8] = true }
local whole_last = { [15] = true, [7] = true, [3] = true, [1] = true }
local function enables(first, last, dwords, even)
  if dwords == 1 then return last ~= 0 and "Last DW BE of one doubleword" or nil end
  if first == 0 or last == 0 then return "no byte enables" end
  if dwords == 2 and even then return nil end
  return not (whole_first[first] and whole_last[last]) and "gaps in byte enables" or nil
end

local function memory(header, payload, tree, context, kind)
  local long, low_end = bits(header(0, 1):uint(), 5, 1) == 1, 8
  local address = long and header(8, 8):uint64() or UInt64(header(8, 4):uint(), 0)
  local field = long and header(8, 8) or header(8, 4)
  if long then low_end = 12 end
  local tag = context.tag(header(6, 1):uint())
  tree:add(f.requester, header(4, 2), bdf(context.sender))
  tree:add(f.tag, header(6, 1), tag)
  local name
  if kind == 0 and not payload and context.at == 1 then
    address = address:band(UInt64(0xfffffffc, 0xffffffff))
    tree:add(f.address, field, address)
    local no_write = bits(header(low_end + 3, 1):uint(), 0, 1) == 1
    tree:add(f.no_write, header(low_end + 3, 1), no_write)
    request_of["ats" .. context.pinfo.number] = true
    asks(context.key("tag", context.sender, tag), context.pinfo)
    return string.format("Translation Request 0x%s%s, tag %#x", address:tohex(), no_write and ", no write" or "", tag)
  end
  address = address:band(UInt64(0xfffffffc, 0xffffffff))
  tree:add(f.address, field, address)
  if kind == 0 then
    tree:add(f.first_be, header(7, 1))
    tree:add(f.last_be, header(7, 1))
    name = payload and "MWr" or "MRd"
  else
    name = atomics[kind]
  end
  if name ~= "MWr" then asks(context.key("tag", context.sender, tag), context.pinfo) end
  local bytes = context.length * 4
  local wrong
  if kind == 0 and bits(header(low_end, 4):uint(), 0, 12) - bits(header(low_end, 4):uint(), 0, 2) + bytes > 4096 then
    wrong = "crosses a 4 KiB boundary"
  end
  if kind == 0 then
    local low = bits(header(low_end + 3, 1):uint(), 2, 1)
    local first, last = bits(header(7, 1):uint(), 0, 4), bits(header(7, 1):uint(), 4, 4)
    wrong = wrong or enables(first, last, context.length, low == 0)
  end
  local text = string.format("%s 0x%s, %d bytes", name, address:tohex(), bytes)
  if name ~= "MWr" then text = text .. string.format(", tag %#x", tag) end
  if context.at == 2 then text = text .. ", translated" end
  return text, wrong
end

-- Requests that a host bridge does not serve, and that are told by name only.
local others = { [1] = "MRdLk", [2] = "I/O", [4] = "Cfg0", [5] = "Cfg1", [0x1b] = "DMWr" }

function proto.dissector(buffer, pinfo, root)
  if buffer:len() < 6 then return 0 end
  pinfo.cols.protocol = "TLP"
  local tree = root:add(proto, buffer())
  tree:add(f.direction, buffer(0, 1))
  tree:add(f.segment, buffer(1, 1))
  local segment, at = buffer(1, 1):uint(), 2
  local context = { pinfo = pinfo }
  local wrong

  if bits(buffer(at, 1):uint(), 5, 3) == 4 then
    tree:add(f.prefix, buffer(at, 1))
    if buffer(at, 1):uint() == 0x91 then
      local prefix = buffer(at, 4)
      context.pasid = bits(prefix:uint(), 0, 20)
      tree:add(f.pasid, prefix)
      tree:add(f.privileged, prefix)
      tree:add(f.execute, prefix)
    end
    at = at + 4
  end

  local byte0 = buffer:len() > at and buffer(at, 1):uint() or 0
  local fmt, kind = bits(byte0, 5, 3), bits(byte0, 0, 5)
  local header_length = bits(fmt, 0, 1) == 1 and 16 or 12
  if buffer:len() < at + header_length then
    tree:add_proto_expert_info(malformed, "The header is not whole")
    tree:add_proto_expert_info(cut)
    pinfo.cols.info = "header is not whole"
    return buffer:len()
  end
  local header = buffer(at, header_length)
  local word = header(0, 4)
  tree:add(f.fmt, header(0, 1))
  tree:add(f.type, header(0, 1))
  tree:add(f.class, word)
  tree:add(f.id_ordered, word)
  tree:add(f.poisoned, word)
  tree:add(f.relaxed, word)
  tree:add(f.no_snoop, word)
  local length = bits(word:uint(), 0, 10)
  if length == 0 then length = 1024 end
  tree:add(f.length, header(2, 2), length)
  context.length = length
  context.at = bits(word:uint(), 10, 2)
  context.sender = header(4, 2):uint()
  context.tag = function(low) return low + 256 * bits(word:uint(), 19, 1) + 512 * bits(word:uint(), 23, 1) end
  -- Requests and answers come by two interfaces; a segment has each id once.
  context.key = function(what, id, number)
    return string.format("%s %d %d %d", what, segment, id, number)
  end

  at = at + header_length
  local payload
  local found = buffer:len() - at
  if found > 0 then payload = buffer(at, found) end
  local announced = bits(fmt, 1, 1) == 1 and length * 4 or 0
  if found ~= announced then wrong = string.format("%d bytes of payload, %d announced", found, announced) end

  local text, rule
  if kind == 0x0a then
    text, rule = completion(header, payload, tree, context)
  elseif bits(kind, 3, 2) == 2 and header_length == 16 then
    tree:add(f.requester, header(4, 2), bdf(context.sender))
    text, rule = message(header, payload, tree, context, header(7, 1):uint())
  elseif kind == 0 or atomics[kind] then
    tree:add(f.at, word)
    text, rule = memory(header, payload, tree, context, kind)
  else
    text = others[kind] or string.format("fmt %d, type %#04x", fmt, kind)
    rule = not others[kind] and "no known type" or nil
  end
  if context.pasid then text = text .. string.format(", PASID %#x", context.pasid) end
  if payload then tree:add(f.payload, payload) end
  wrong = wrong or rule
  if wrong then tree:add_proto_expert_info(malformed, wrong) end

  local request, answer = request_of[pinfo.number], answer_of[pinfo.number]
  if request then
    tree:add(f.answer_to, request.number):set_generated()
    tree:add(f.time, epoch().value - request.time):set_generated()
  elseif context.answer then
    tree:add_proto_expert_info(unanswered)
  end
  if answer then tree:add(f.answered_in, answer):set_generated() end
  seen[pinfo.number] = true

  pinfo.cols.src = (bits(buffer(0, 1):uint(), 0, 1) == 0) and bdf(context.sender) or "root"
  pinfo.cols.info = text .. (wrong and (" [malformed: " .. wrong .. "]") or "")
  return buffer:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, proto)
