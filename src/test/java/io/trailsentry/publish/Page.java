package io.trailsentry.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/// A report as a parser sees it, which is not the program that wrote it.
final class Page {
    /// What a report is made of. None of it can run.
    private static final Set<String> ELEMENTS = Set.of("html", "head", "meta", "title", "style", "body", "header",
            "nav",
            "main", "section", "h1", "h2", "h3", "h4", "p", "a", "b", "span", "small", "time", "code", "pre", "ul",
            "ol",
            "li", "dl", "dt", "dd", "div", "details", "summary", "figure", "figcaption", "table", "caption", "thead",
            "tbody", "tr", "th", "td", "svg", "desc", "text", "rect", "path", "line");
    private static final Set<String> ATTRIBUTES = Set.of("lang", "charset", "http-equiv", "content", "name", "id",
            "class",
            "href", "rel", "open", "datetime", "scope", "tabindex", "role", "width", "height", "x", "y", "x1", "x2",
            "y1",
            "y2", "d", "viewBox", "preserveAspectRatio", "aria-labelledby", "aria-label", "aria-hidden");
    private static final Pattern LINK = Pattern
            .compile("#[a-z0-9-]+|https://(?:github\\.com/trailsentry/trailsentry/blob/main/docs/runbooks/[a-z-]+\\.md"
                    + "|[a-z0-9-]+\\.console\\.aws\\.amazon\\.com/cloudtrailv2/home\\?region=[a-z0-9-]+#/events/[0-9a-f-]{36})");

    private final Document document;

    private Page(Document document) {
        this.document = document;
    }

    static Page of(String html) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            // The platform refuses long documents unless told.
            factory.setAttribute("jdk.xml.maxGeneralEntitySizeLimit", "0");
            factory.setAttribute("jdk.xml.totalEntitySizeLimit", "0");
            return new Page(factory.newDocumentBuilder().parse(new InputSource(new StringReader(html))));
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError("not well-formed", e);
        }
    }

    /// Elements of a name, in order.
    List<Element> all(String name) {
        NodeList found = document.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    /// The text of the first element of a name.
    String text(String name) {
        return all(name).getFirst().getTextContent();
    }

    /// Texts of the elements of a name that have a class.
    List<String> texts(String name, String ofClass) {
        return all(name).stream().filter(element -> classes(element).anyMatch(ofClass::equals))
                .map(Element::getTextContent).toList();
    }

    private static Stream<String> classes(Element element) {
        return Stream.of(element.getAttribute("class").split(" ", -1));
    }

    /// The text of the part of the page with an id.
    String part(String id) {
        return all("section").stream().filter(section -> section.getAttribute("id").equals(id)).findFirst()
                .orElseThrow().getTextContent();
    }

    private static List<Map.Entry<String, String>> attributes(Element element) {
        List<Map.Entry<String, String>> attributes = new ArrayList<>();
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            Node attribute = element.getAttributes().item(i);
            attributes.add(Map.entry(attribute.getNodeName(), attribute.getNodeValue()));
        }
        return attributes;
    }

    /// Asserts that nothing in the page can run, be fetched, or hide.
    void assertInert(String what) {
        Set<String> elements = new TreeSet<>();
        Map<String, String> attributes = new TreeMap<>();
        for (Element element : all("*")) {
            elements.add(element.getTagName());
            attributes(element).forEach(attribute -> attributes.put(attribute.getKey(), attribute.getValue()));
            if (element.hasAttribute("href")) {
                assertThat(element.getAttribute("href")).as(what).matches(LINK);
            }
            assertThat(element.getAttribute("class")).as(what).matches("[a-z0-9 ]*");
            assertThat(element.getAttribute("id")).as(what).matches("[a-z0-9-]*");
        }
        assertThat(ELEMENTS).as(what).containsAll(elements);
        assertThat(ATTRIBUTES).as(what).containsAll(attributes.keySet());
        document.getDocumentElement().getTextContent().lines().forEach(line -> Danger.assertNoneIn(line, what));
        attributes.forEach((name, value) -> Danger.assertNoneIn(value, what + ", attribute " + name));
    }

    /// Asserts that each id stands for one element, and that what refers to an id finds it.
    void assertReferencesHold() {
        List<String> ids = all("*").stream().map(element -> element.getAttribute("id")).filter(id -> !id.isEmpty())
                .toList();
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids).containsAll(all("*").stream()
                .flatMap(element -> Stream.of(element.getAttribute("aria-labelledby").split(" ", -1)))
                .filter(id -> !id.isEmpty()).toList());
        assertThat(ids).containsAll(all("a").stream().map(link -> link.getAttribute("href"))
                .filter(link -> link.startsWith("#")).map(link -> link.substring(1)).toList());
    }
}
