// Judges PDF files with veraPDF's library: one JSON line in, one JSON line out.
// Started by ocr/pdfa/validator.py, which also keeps the deadline.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.verapdf.core.EncryptedPdfException;
import org.verapdf.core.ModelParsingException;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.validators.ValidatorConfigBuilder;

public class Checker {

  private static final int MOST_RULES = 50;

  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    System.setOut(System.err); // nothing else may write to the answer pipe
    java.util.logging.LogManager.getLogManager().reset(); // the parser logs a lot
    VeraGreenfieldFoundryProvider.initialise();
    ObjectMapper json = new ObjectMapper();
    LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();
    Thread reader = new Thread(() -> read(asked), "reader");
    reader.setDaemon(true);
    reader.start();
    out.println(json.writeValueAsString(Map.of("status", "ready")));
    while (true) {
      Map<?, ?> ask = json.readValue(asked.take(), Map.class);
      Map<String, Object> answer = check((String) ask.get("path"), (String) ask.get("flavour"));
      out.println(json.writeValueAsString(answer));
    }
  }

  /** Ends the process when the parent is gone, also in the middle of a file. */
  private static void read(LinkedBlockingQueue<String> asked) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line; (line = in.readLine()) != null; ) {
        asked.add(line);
      }
    } catch (Exception e) {
      System.err.println(e);
    }
    Runtime.getRuntime().halt(0);
  }

  private static Map<String, Object> check(String path, String want) {
    Map<String, Object> answer = new LinkedHashMap<>();
    try (PDFAParser parser = parser(path, want)) {
      PDFAFlavour flavour = want != null ? PDFAFlavour.byFlavourId(want) : claimed(parser);
      if (flavour == null) {
        answer.put("status", "no-claim");
        return answer;
      }
      answer.put("flavour", flavour.getId());
      judge(parser, flavour, answer);
    } catch (EncryptedPdfException e) {
      answer.put("status", "encrypted");
    } catch (ModelParsingException e) {
      answer.put("status", "not-parsable");
      answer.put("error", String.valueOf(e.getCause()));
    } catch (Throwable e) { // hostile input: also StackOverflowError
      answer.put("status", "error");
      answer.put("error", e.toString());
    }
    return answer;
  }

  private static PDFAParser parser(String path, String want) throws Exception {
    VeraPDFFoundry foundry = Foundries.defaultInstance();
    File file = new File(path);
    return want == null
        ? foundry.createParser(file, PDFAFlavour.NO_FLAVOUR, PDFAFlavour.NO_FLAVOUR)
        : foundry.createParser(file, PDFAFlavour.byFlavourId(want));
  }

  /** The PDF/A flavour that the metadata claim; the list may also hold PDF/UA. */
  private static PDFAFlavour claimed(PDFAParser parser) {
    return parser.getFlavours().stream()
        .filter(flavour -> flavour.getId().matches("[1-4][a-z]?"))
        .findFirst()
        .orElse(null);
  }

  private static void judge(PDFAParser parser, PDFAFlavour flavour, Map<String, Object> answer)
      throws Exception {
    var config =
        ValidatorConfigBuilder.defaultBuilder()
            .flavour(flavour)
            .maxFails(-1)
            .recordPasses(false)
            .maxNumberOfDisplayedFailedChecks(1)
            .showErrorMessages(true)
            .build();
    try (PDFAValidator validator =
        Foundries.defaultInstance().createValidator(config, flavour)) {
      ValidationResult result = validator.validate(parser);
      answer.put("status", result.isCompliant() ? "compliant" : "non-compliant");
      Map<RuleId, TestAssertion> said = new LinkedHashMap<>();
      for (TestAssertion assertion : result.getTestAssertions()) {
        said.putIfAbsent(assertion.getRuleId(), assertion);
      }
      List<Object> failed = new ArrayList<>();
      result.getFailedChecks().forEach((rule, count) -> failed.add(failure(rule, count, said)));
      answer.put("failed", failed.subList(0, Math.min(MOST_RULES, failed.size())));
    }
  }

  private static Map<String, Object> failure(
      RuleId rule, Integer count, Map<RuleId, TestAssertion> said) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("clause", rule.getClause());
    one.put("test", rule.getTestNumber());
    one.put("count", count);
    TestAssertion assertion = said.get(rule);
    if (assertion != null) {
      one.put("message", shortened(assertion.getErrorMessage()));
      one.put("context", shortened(assertion.getLocation().getContext()));
    }
    return one;
  }

  private static String shortened(String text) {
    return text == null ? "" : text.substring(0, Math.min(300, text.length()));
  }
}
