//! Names as runners write them, and the tests in sources that they are or are not.

use super::*;

fn test(file: &str, within: &[&str], name: &str) -> TestFn {
    TestFn {
        name: name.to_owned(),
        within: within.iter().map(|w| (*w).to_owned()).collect(),
        pattern: name.contains(['%', '$']),
        file: file.to_owned(),
        line: 1,
        line_end: 1,
    }
}

/// Tells how a class and a name fit.
fn grade(class: &str, name: &str, test: &TestFn) -> u8 {
    let named = Named {
        class,
        name,
        ..Named::default()
    };
    let grade = fit(&named, test);
    assert!(grade == 0 || may_fit(&named, test), "{class} {name}");
    grade
}

#[test]
fn names_of_rust() {
    let own = test("tests/capture.rs", &["retries"], "once");
    let plain = test("tests/capture.rs", &[], "once");
    for (test, class, name, want) in [
        (&own, "payments::capture", "retries::once", 3),
        (&own, "payments::capture", "retries::once::case_1", 2),
        (&own, "payments", "retries::once", 1),
        (&own, "payments::capture", "once", 0),
        (&own, "payments::capture", "retries::once_more", 0),
        (&plain, "payments::capture", "once", 3),
        (&plain, "payments::capture", "not_once", 0),
        (&plain, "", "once", 1),
    ] {
        assert_eq!(grade(class, name, test), want, "{class} {name}");
    }
}

#[test]
fn names_of_python() {
    let plain = test("tests/test_cart.py", &[], "test_create");
    let own = test("tests/test_cart.py", &["TestRefund"], "test_create");
    for (test, class, name, want) in [
        (&plain, "tests.test_cart", "test_create", 3),
        (&plain, "tests.test_cart", "test_create[a-b.c]", 3),
        (&plain, "test_cart", "test_create", 3),
        (&plain, "backend.tests.test_cart", "test_create", 3),
        (&plain, "", "tests/test_cart.py::test_create", 3),
        (&plain, "", "test_create", 1),
        (&plain, "pytest", "test_create", 1),
        (&plain, "tests.test_refund", "test_create", 0),
        (&plain, "tests.test_cart", "test_create_more", 0),
        (&plain, "tests.test_cart.TestRefund", "test_create", 0),
        (&own, "tests.test_cart.TestRefund", "test_create", 3),
        (&own, "tests.test_cart.TestOther", "test_create", 0),
        (&own, "tests.test_cart", "test_create", 0),
    ] {
        assert_eq!(
            grade(class, name, test),
            want,
            "{class} {name} {:?}",
            test.within
        );
    }
}

#[test]
fn names_of_go() {
    let plain = test("cart/cart_test.go", &[], "TestOpen");
    let sub = test("cart/cart_test.go", &["TestOpen"], "an empty cart");
    let method = test("cart/cart_test.go", &["Suite"], "TestClose");
    for (test, class, name, want) in [
        (&plain, "shop.example/cart", "TestOpen", 3),
        (&plain, "shop.example/cart", "TestOpen/an_empty_cart", 3),
        (&plain, "shop.example/pay", "TestOpen", 0),
        (&plain, "shop.example/cart", "TestOpenTwice", 0),
        (&plain, "shop.example/cart", "TestSuite/TestOpen", 0),
        (&sub, "shop.example/cart", "TestOpen/an_empty_cart", 3),
        (&sub, "shop.example/cart", "TestOpen/an_empty_cart/deep", 3),
        (&sub, "shop.example/cart", "TestOpen", 0),
        (&method, "shop.example/cart", "TestSuite/TestClose", 3),
        (&method, "shop.example/cart", "TestClose", 0),
    ] {
        assert_eq!(
            grade(class, name, test),
            want,
            "{class} {name} {:?}",
            test.within
        );
    }
}

#[test]
fn names_of_scripts() {
    let file = "web/tests/cart.test.ts";
    let plain = test(file, &[], "charges once");
    let own = test(file, &["cart", "when empty"], "cannot be paid");
    let table = test(file, &[], "adds %i and $name");
    let path = "tests/cart.test.ts";
    for (test, class, name, want) in [
        (&plain, path, "charges once", 3),
        (&plain, "", "charges once", 2),
        (&plain, path, "charges once more", 0),
        (&plain, path, "cart charges once", 0),
        (&plain, "tests/pay.test.ts", "charges once", 0),
        // vitest, Playwright, jest, mocha.
        (&own, path, "cart > when empty > cannot be paid", 3),
        (&own, path, "cart › when empty › cannot be paid", 3),
        (
            &own,
            path,
            "[chromium] › cart › when empty › cannot be paid",
            3,
        ),
        (&own, "cart when empty", "cart when empty cannot be paid", 2),
        (&own, "cart when empty", "cannot be paid", 3),
        (&own, "other", "cannot be paid", 1),
        (&own, path, "other > when empty > cannot be paid", 0),
        (&table, path, "adds 1 and Ann", 3),
        (&table, path, "adds 1", 0),
    ] {
        assert_eq!(
            grade(class, name, test),
            want,
            "{class} {name} {:?}",
            test.name
        );
    }
    assert_eq!(grade(path, "anything", &test(file, &[], "%s")), 0);
}

#[test]
fn names_of_java_and_its_like() {
    let file = "app/src/test/java/com/acme/CartTest.java";
    let plain = test(file, &["CartTest"], "pays");
    let nested = test(file, &["CartTest", "WhenEmpty"], "pays");
    let kotlin = test("src/test/kotlin/com/acme/CartTest.kt", &[], "pays");
    for (test, class, name, want) in [
        (&plain, "com.acme.CartTest", "pays", 3),
        (&plain, "com.acme.CartTest", "pays()", 3),
        (&plain, "com.acme.CartTest", "pays(int)[1]", 3),
        (&plain, "com.other.CartTest", "pays", 0),
        (&plain, "com.acme.PayTest", "pays", 0),
        (&plain, "com.acme.CartTest", "paysTwice", 0),
        (&nested, "com.acme.CartTest$WhenEmpty", "pays", 3),
        (&nested, "com.acme.CartTest", "pays", 0),
        (&kotlin, "com.acme.CartTest", "pays()", 3),
        (&kotlin, "com.acme.PayTest", "pays()", 0),
    ] {
        assert_eq!(
            grade(class, name, test),
            want,
            "{class} {name} {:?}",
            test.within
        );
    }
}

#[test]
fn a_file_that_the_result_names_decides() {
    let own = test("web/tests/cart.test.ts", &[], "pays");
    for (file, want) in [
        ("/home/runner/work/shop/shop/web/tests/cart.test.ts", 3),
        ("tests/cart.test.ts", 3),
        ("tests\\cart.test.ts", 3),
        ("tests/pay.test.ts", 0),
    ] {
        let named = Named {
            name: "pays",
            file: Some(file),
            ..Named::default()
        };
        assert_eq!(fit(&named, &own), want, "{file}");
    }
}
