package turnstone.stream;

/**
 * Tells whether bytes are one JSON object and nothing else (RFC 8259), in one pass without
 * allocation. Strings must be UTF-8; nesting goes {@value #DEEPEST} levels deep at most.
 */
final class JsonObject {
  static final int DEEPEST = 1_000;

  private final long[] isObject = new long[(DEEPEST + 63) / 64];
  private byte[] json;
  private int at;

  /** Whether {@code bytes} are one JSON object. */
  boolean accepts(byte[] bytes) {
    json = bytes;
    at = 0;
    skipSpace();
    boolean accepted = at < json.length && json[at] == '{' && value() && atEnd();
    json = null;
    return accepted;
  }

  private boolean atEnd() {
    skipSpace();
    return at == json.length;
  }

  /** A value with all that it holds: opens and closes are counted here instead of recursing. */
  private boolean value() {
    int depth = 0;
    while (true) {
      skipSpace();
      if (at >= json.length) {
        return false;
      }
      byte first = json[at];
      if (first == '{' || first == '[') {
        if (depth == DEEPEST) {
          return false;
        }
        at++;
        open(depth++, first == '{');
        skipSpace();
        if (at < json.length && json[at] == (first == '{' ? '}' : ']')) {
          at++;
          depth--;
        } else if (first == '[' || name()) {
          continue;
        } else {
          return false;
        }
      } else if (!scalar(first)) {
        return false;
      }
      // A value has ended: close what ends with it, up to where another one follows.
      while (true) {
        if (depth == 0) {
          return true;
        }
        skipSpace();
        if (at >= json.length) {
          return false;
        }
        boolean object = inObject(depth - 1);
        byte next = json[at++];
        if (next == ',') {
          skipSpace();
          if (object && !name()) {
            return false;
          }
          break;
        }
        if (next != (object ? '}' : ']')) {
          return false;
        }
        depth--;
      }
    }
  }

  private void open(int depth, boolean object) {
    long bit = 1L << (depth & 63);
    if (object) {
      isObject[depth >> 6] |= bit;
    } else {
      isObject[depth >> 6] &= ~bit;
    }
  }

  private boolean inObject(int depth) {
    return (isObject[depth >> 6] >> (depth & 63) & 1) == 1;
  }

  /** The name of a member, and the colon behind it. */
  private boolean name() {
    if (at >= json.length || json[at] != '"' || !string()) {
      return false;
    }
    skipSpace();
    return at < json.length && json[at++] == ':';
  }

  private boolean scalar(byte first) {
    switch (first) {
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  private boolean word(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (at >= json.length || json[at++] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean string() {
    at++;
    while (at < json.length) {
      byte b = json[at];
      if (b == '"') {
        at++;
        return true;
      }
      if (b == '\\') {
        if (!escape()) {
          return false;
        }
      } else if (b >= 0x20) {
        at++;
      } else {
        int width = b < 0 ? Utf8.width(json, at) : 0;
        if (width == 0) {
          return false;
        }
        at += width;
      }
    }
    return false;
  }

  private boolean escape() {
    if (at + 1 >= json.length) {
      return false;
    }
    byte kind = json[at + 1];
    at += 2;
    if (kind != 'u') {
      return "\"\\/bfnrt".indexOf(kind) >= 0;
    }
    for (int i = 0; i < 4; i++) {
      if (at >= json.length || Character.digit(json[at++], 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private boolean number() {
    if (json[at] == '-') {
      at++;
    }
    if (at < json.length && json[at] == '0') {
      at++;
    } else if (!digits()) {
      return false;
    }
    if (at < json.length && json[at] == '.') {
      at++;
      if (!digits()) {
        return false;
      }
    }
    if (at < json.length && (json[at] == 'e' || json[at] == 'E')) {
      at++;
      if (at < json.length && (json[at] == '+' || json[at] == '-')) {
        at++;
      }
      return digits();
    }
    return true;
  }

  private boolean digits() {
    int from = at;
    while (at < json.length && json[at] >= '0' && json[at] <= '9') {
      at++;
    }
    return at > from;
  }

  private void skipSpace() {
    while (at < json.length
        && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
      at++;
    }
  }
}
