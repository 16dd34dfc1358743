package turnstone.stream;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.flink.table.data.StringData;

/**
 * Masks structured personal data by the patterns of {@code streaming/flink/masks.py}.
 *
 * <p>Most texts hold none of it, and a look at their bytes tells: the patterns run on the others.
 */
final class PersonalData {
  /** Digits of the shortest number to mask that is written without a sign between them: a card. */
  private static final int PLAIN = 14;

  /** Digits of the shortest one with signs between them: a social security number. */
  private static final int GROUPED = 9;

  /** Digits of the shortest international phone number. */
  private static final int INTERNATIONAL = 8;

  private final Pattern email;
  private final String emailReplacement;
  private final Pattern anyNumber;
  private final Pattern[] numbers;
  private final String[] replacements;

  /**
   * @param masks The one of e-mail addresses first, then those of numbers, in the order of use.
   * @param anyNumber Finds what at least one of the numbers' patterns finds.
   */
  PersonalData(List<JobSpec.Mask> masks, String anyNumber) {
    email = Pattern.compile(masks.get(0).pattern());
    emailReplacement = masks.get(0).replacement();
    this.anyNumber = Pattern.compile(anyNumber);
    List<JobSpec.Mask> rest = masks.subList(1, masks.size());
    numbers = rest.stream().map(mask -> Pattern.compile(mask.pattern())).toArray(Pattern[]::new);
    replacements = rest.stream().map(JobSpec.Mask::replacement).toArray(String[]::new);
  }

  /** The text of UTF-8 bytes with its personal data masked. */
  StringData masked(byte[] utf8) {
    boolean address = hasAt(utf8);
    boolean number = mayHoldNumber(utf8);
    if (!address && !number) {
      return StringData.fromBytes(utf8);
    }
    String text = new String(utf8, StandardCharsets.UTF_8);
    String masked = address ? email.matcher(text).replaceAll(emailReplacement) : text;
    // Again while one is left: of two that touch, the second begins once the first is masked.
    while (number && anyNumber.matcher(masked).find()) {
      for (int i = 0; i < numbers.length; i++) {
        masked = numbers[i].matcher(masked).replaceAll(replacements[i]);
      }
    }
    return masked.equals(text) ? StringData.fromBytes(utf8) : StringData.fromString(masked);
  }

  private static boolean hasAt(byte[] text) {
    for (byte b : text) {
      if (b == '@') {
        return true;
      }
    }
    return false;
  }

  /**
   * What every pattern of a number needs, or more: enough digits with at most two of {@code
   * " .()-"} between neighbours, three dots among them, or a country's two letters before two.
   */
  static boolean mayHoldNumber(byte[] text) {
    int digits = 0;
    int gap = 0;
    int dots = 0;
    boolean grouped = false;
    boolean plus = false;
    for (int at = 0; at < text.length; at++) {
      byte b = text[at];
      if (b >= '0' && b <= '9') {
        grouped |= gap > 0 && digits > 0;
        if (digits == 0) {
          dots = 0;
          plus = at > 0 && text[at - 1] == '+';
          if (beginsAccount(text, at)) {
            return true;
          }
        }
        gap = 0;
        digits++;
        if (digits >= PLAIN
            || (digits >= GROUPED && grouped)
            || (digits >= INTERNATIONAL && plus)
            || dots >= 3) {
          return true;
        }
      } else if (digits > 0) {
        gap++;
        dots += b == '.' ? 1 : 0;
        if (gap > 2 || (b != ' ' && b != '.' && b != '(' && b != ')' && b != '-')) {
          digits = 0;
          gap = 0;
          grouped = false;
        }
      }
    }
    return false;
  }

  private static boolean beginsAccount(byte[] text, int at) {
    return at >= 2
        && isCapital(text[at - 1])
        && isCapital(text[at - 2])
        && at + 1 < text.length
        && text[at + 1] >= '0'
        && text[at + 1] <= '9';
  }

  private static boolean isCapital(byte b) {
    return b >= 'A' && b <= 'Z';
  }
}
