# Calls the delegate as Cantaloupe 5 does, one JSON line in and one out: jruby driver.rb DELEGATES.RB
#
# The order of calls is Cantaloupe's with its derivative cache on: pre_authorize; what the cache has is given; then the
# source is looked for, authorize, and the picture goes into the cache.
require 'json'

CACHE = {} # rubocop:disable Style/MutableConstant
load ARGV.fetch(0)
# As many published scripts have it: the rules stand in authorize.
class Late < CustomDelegate
  alias rules pre_authorize
  def pre_authorize(_options = {})
    true
  end

  def authorize(_options = {})
    rules
  end
end

# And they find their pictures before anybody was asked.
class Published < Late
  def filesystemsource_pathname(_options = {})
    File.join(ENV.fetch('LECTERN_PICTURES'), "#{context['identifier']}.tif")
  end
end

DELEGATES = { '' => CustomDelegate, 'late' => Late, 'published' => Published }.freeze

# Cantaloupe's own rules for what a delegate returns (its AuthInfo); anything else is an exception there.
def checked(result)
  return result if [true, false].include?(result)

  status = result.fetch('status_code')
  scale = result.values_at('scale_numerator', 'scale_denominator').compact
  raise 'no Integer' unless ([status] + scale).all?(Integer)
  raise 'challenge' unless result.key?('challenge') == (status == 401)
  raise 'redirect' unless (result.key?('location') || scale.size == 2) == (300..399).cover?(status)

  result
end

def picture(delegate, path)
  return ['cache', true] if CACHE.key?(path)

  found = delegate.filesystemsource_pathname
  return ['source', { 'status_code' => 404 }] if found.nil?

  answer = checked(delegate.authorize)
  CACHE[path] = true if answer == true
  ['source', answer]
end

def serve(asked)
  delegate = DELEGATES.fetch(asked.fetch('as')).new
  path = asked.fetch('path')
  delegate.context = asked.fetch('context')
  answer = checked(delegate.pre_authorize)
  from = nil
  if path.end_with?('/info.json')
    version = path.include?('/iiif/2/') ? 2 : 3
    keys = delegate.public_send("extra_iiif#{version}_information_response_keys")
  elsif answer == true
    from, answer = picture(delegate, path)
  end
  { 'answer' => answer, 'from' => from, 'keys' => keys, 'kept' => Lectern::KEPT.size }
end

puts JSON.generate('ready' => true)
$stdout.flush
$stdin.each_line do |line|
  asked = JSON.parse(line)
  ENV.delete('LECTERN_AUTH_URL')
  ENV.update(asked.fetch('env'))
  Lectern::KEPT.clear if asked['forget']
  begin
    answer = serve(asked)
  rescue StandardError => e
    answer = { 'raised' => "#{e.class}: #{e.message}" }
  end
  puts JSON.generate(answer)
  $stdout.flush
end
