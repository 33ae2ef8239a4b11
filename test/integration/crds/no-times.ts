export const TIME_MESSAGE =
  'must be a time after the year 2000 in RFC 3339 with a time zone, for example 2027-12-31T00:00:00Z';

/** Times that JavaScript or other readers take for something else than the API server's date-time format does. */
export const NO_TIMES: Readonly<Record<string, string>> = {
  'a word as time': 'tomorrow',
  'a date without time': '2027-06-30',
  'a time without zone': '2027-06-30T00:00:00',
  'a day no month has': '2027-02-30T00:00:00Z',
  'a zone no clock has': '2027-06-30T00:00:00+99:00',
  'a zone of a whole day': '2099-01-01T00:00:00+24:00',
  'a zone with sixty minutes': '2099-01-01T00:00:00+00:60',
  'a comma before the fraction': '2027-06-30T00:00:00,5Z',
  'an hour of one digit': '2027-06-30T1:00:00Z',
  'a space between date and time': '2027-06-30 00:00:00Z',
  'an hour 24': '2027-06-30T24:00:00Z',
  'a leap second': '2027-06-30T23:59:60Z',
  'the year zero': '0000-01-01T00:00:00Z',
  'an empty time': '',
};
