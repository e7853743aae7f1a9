"""The synthetic sample shop: same rows on every run, every platform, every Python.

streams        one named stream of random numbers per story and customer
catalogue      what exists in the shop's world: products, channels, places, names
ledger         rows under the canonical columns, and the arithmetic of an order
population     about 1,900 people drawn by chance
people         hand-written stories of customers: one trap or habit each
sales          hand-written stories of orders, refunds and the clock
plans          what the coffee club sells
discounts      what is taken off their bills
subscriptions  states of subscriptions, cards, visits to the cancellation flow
billing        states -> invoices, attempts to collect them, refunds
club           about 350 members drawn by chance
club_states    hand-written stories of subscriptions: changes, ends, returns, swaps
club_accounts  hand-written stories of subscribers and their accounts: two, merged, none, abroad
club_bills     hand-written stories of unpaid bills, cards, the cancellation flow, the clock
loyalty        accounts of the loyalty programme and referrals, drawn by chance
marketing      what the shop spends to win and to keep customers
loyalty_stories hand-written stories of loyalty, referrals and marketing spend
activity       the brewing app, strangers and robots
accounts       hand-written stories of offices and their users
activity_stories  hand-written stories of events: late ones, devices, gaps, the clock
files          rows -> the bytes of every CSV file and of the tables of stories in README.md
"""
