"""The pages, one module per station of the journey: menu, product, basket, checkout, order, payments."""
