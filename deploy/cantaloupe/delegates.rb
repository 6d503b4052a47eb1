# Cantaloupe asks Lectern before every answer: docs/cantaloupe.md says how to set it up. A test runs this file.
#
# Lectern stays the only one that knows who may see what. Pixels need a 204 of /auth/verify; info.json needs the answer
# that Lectern's own info.json has for the same reader, from which it takes the access services too. Whatever goes wrong
# is a no: an exception, a timeout, a missing secret, an answer that is not understood (503).
#
# Written in Ruby 2.6: JRuby 9.3 (Debian) and 9.4 (Cantaloupe 5.0.6 and later) run it. Nothing here may raise while the
# file is loaded: without a delegate, Cantaloupe lets everybody see everything.
require 'json'
require 'net/http'
require 'uri'

# Lectern, asked over HTTP. Settings come from the environment of Cantaloupe's process, each time anew:
# LECTERN_URL                 where Lectern answers from here; default http://127.0.0.1:8080. Of services that are
#                             processes of their own: the image service
# LECTERN_AUTH_URL            where the auth service answers, if that is a process of its own; default LECTERN_URL
# LECTERN_PUBLIC_URL          Lectern's own setting, needed if its public address has a path
# LECTERN_VERIFY_SECRET_FILE  file with the secret that Lectern has too, readable by Cantaloupe alone
# LECTERN_TRUSTED_PROXIES     proxies before Cantaloupe whose X-Forwarded-For entry is believed; default 1
# LECTERN_PICTURES            folder of the pictures
module Lectern
  SESSION = '__Host-lectern-session'.freeze
  ONE_SESSION = /\A#{SESSION}=[A-Za-z0-9_-]{43}\z/.freeze
  KEPT_SECONDS = 5    # a revocation is everywhere within ten: Lectern's own part of them is less than five
  MOST_KEPT = 20_000
  IDLE = java.util.concurrent.ArrayBlockingQueue.new(64) # connections between two uses
  KEPT = java.util.concurrent.ConcurrentHashMap.new      # who may see what => until when, in monotonic seconds

  module_function

  # Returns true for a yes, else the status of the no. `reader` holds the session cookie and the client's address.
  def pixels(version, image, reader)
    key = [image, reader['Cookie'], reader['X-Forwarded-For']]
    until_then = KEPT.get(key)
    return true if until_then && now < until_then

    path = "#{URI(ENV.fetch('LECTERN_PUBLIC_URL', '')).path}/iiif/#{version}/#{image}/full/max/0/default.jpg"
    told = { 'X-Lectern-Secret' => secret, 'X-Original-URI' => path, 'X-Original-Method' => 'GET' }
    asked_at = now
    answer = get(ENV['LECTERN_AUTH_URL'] || url, '/auth/verify', told.merge(reader))
    return refusal(answer) unless answer.code == '204' && answer['X-Lectern-Tier'] == 'full'

    keep(key, asked_at, answer['X-Accel-Expires'].to_i)
    true
  end

  # Returns Lectern's info.json for the same reader: a status, and the parsed document or the address it redirects to.
  def info(version, image, reader)
    answer = get(url, "/iiif/#{version}/#{image}/info.json", reader.merge('Accept' => 'application/json'))
    case answer.code
    when '200', '401' then [answer.code.to_i, JSON.parse(answer.body, max_nesting: 20)]
    when '302' then [302, answer['Location']]
    else [refusal(answer), nil]
    end
  end

  # 401, 403, 404 and 429 are Lectern's to say; anything else means that there is no verdict.
  def refusal(answer)
    %w[401 403 404 429].include?(answer.code) ? answer.code.to_i : 503
  end

  # Keeps a yes as long as Lectern believes it, counted from the question. Readers without a session ask every time.
  def keep(key, asked_at, seconds)
    return unless seconds.positive? && key[1] && ONE_SESSION.match?(key[1])

    if KEPT.size >= MOST_KEPT
      KEPT.entry_set.remove_if { |entry| entry.value <= asked_at }
      KEPT.clear if KEPT.size >= MOST_KEPT
    end
    KEPT.put(key, asked_at + [seconds, KEPT_SECONDS].min)
  end

  def url
    ENV.fetch('LECTERN_URL', 'http://127.0.0.1:8080')
  end

  def get(address, path, headers)
    base = URI(address)
    http = connection(base)
    answer = http.request(Net::HTTP::Get.new(base.path.chomp('/') + path, headers))
    http.finish unless IDLE.offer(http)
    answer
  rescue StandardError
    http.finish if http&.started?
    raise
  end

  # The proxy of the environment (nil: none) must never see the secret, and a question is never put twice.
  def connection(base)
    while (http = IDLE.poll)
      return http if [http.address, http.port] == [base.host, base.port]

      http.finish
    end
    http = Net::HTTP.new(base.host, base.port, nil)
    http.use_ssl = base.scheme == 'https'
    http.open_timeout = 1
    http.read_timeout = 2
    http.max_retries = 0
    http.keep_alive_timeout = 2
    http.start
  end

  def secret
    found = File.read(ENV.fetch('LECTERN_VERIFY_SECRET_FILE')).strip
    raise ArgumentError, 'the file of the secret is empty' if found.empty?

    found
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

# What Cantaloupe calls: one instance a request.
class CustomDelegate
  # Lectern's ids as DESIGN has them. No tier: a small version is drawn from a reduced file, and Lectern serves it.
  IMAGE = /\A[A-Za-z0-9][A-Za-z0-9._~-]{0,127}-[1-9][0-9]{0,6}\z/.freeze
  WANTED = %r{/iiif/(?<version>[23])/[^/]+/(?:(?<info>info\.json)|[^/]+/[^/]+/[^/]+/[^/]+)\z}.freeze
  PAGE = /(?:\A|[&;])(?:page|time)=/i.freeze
  EXTENSIONS = %w[tif jp2 jpg png webp].freeze
  ELSEWHERE = %r{\Ahttps?://[^/\s]+(?:/[^/\s]+)*/iiif/2/[^/\s]+/info\.json\z}.freeze
  CONTEXTS = ['http://iiif.io/api/auth/2/context.json', 'http://iiif.io/api/image/3/context.json'].freeze

  attr_accessor :context

  # Every rule is here: it comes first, also for info.json, and before anything is taken out of a cache.
  def pre_authorize(_options = {})
    @answer = decided
    @allowed = @answer == true
    @answer
  rescue StandardError => e
    warn "lectern: no verdict: #{e.class}" # never the message: it may hold a cookie
    @allowed = false
    refused(503)
  end

  # Nothing is decided here: for a picture in the derivative cache, and for info.json, Cantaloupe does not ask this.
  def authorize(_options = {})
    true
  end

  # With `ScriptLookupStrategy` no picture is found but by this way: not without a yes, and not if this file is missing.
  def filesystemsource_pathname(_options = {})
    return nil unless @allowed

    name = File.join(ENV.fetch('LECTERN_PICTURES'), context['identifier'])
    EXTENSIONS.map { |extension| "#{name}.#{extension}" }.find { |path| File.file?(path) }
  end

  def extra_iiif2_information_response_keys(_options = {})
    @services ? { 'service' => @services } : {}
  end

  def extra_iiif3_information_response_keys(_options = {})
    @services ? { '@context' => CONTEXTS, 'service' => @services } : {}
  end

  # Asked for by Cantaloupe before every picture; there is none.
  def metadata(_options = {}); end

  private

  def decided
    uri = URI(context['local_uri'])
    wanted = WANTED.match(uri.path)
    return refused(403) unless wanted && one_picture?(uri)

    image = context['identifier'] # decoded: what is decided on is what is served
    return info(wanted[:version].to_i, image) if wanted[:info]

    verdict = Lectern.pixels(wanted[:version], image, reader)
    verdict == true || refused(verdict)
  end

  # Other pages of a file may lie under another policy than the image of this id.
  def one_picture?(uri)
    query = URI.decode_www_form_component(uri.query || '')
    IMAGE.match?(context['identifier'].to_s) && [nil, 1].include?(context['page_number']) && !PAGE.match?(query)
  end

  def info(version, image)
    # A token stands for its reader in info.json alone; pixels are for the cookie.
    token = headers('Authorization').first
    status, found = Lectern.info(version, image, token ? reader.merge('Authorization' => token) : reader)
    return elsewhere(found) if status == 302

    @services = services_in(found) if found
    status == 200 || refused(status)
  end

  # The version for everybody is Lectern's own, which announces the full width and height: viewers place highlights by
  # them, which Cantaloupe's scale constraints would not keep. Only info.json leads there, never a picture.
  def elsewhere(location)
    ELSEWHERE.match?(location.to_s) ? { 'status_code' => 302, 'location' => location } : refused(503)
  end

  def services_in(document)
    found = document.fetch('service', nil)
    return found if found.nil? || found.is_a?(Hash) || found.is_a?(Array)

    raise TypeError, 'no service'
  end

  def refused(status)
    status == 401 ? { 'status_code' => 401, 'challenge' => 'Bearer charset="UTF-8"' } : { 'status_code' => status }
  end

  # What Lectern is told of the reader: our cookie, and no other.
  def reader
    pairs = headers('Cookie').flat_map { |header| header.split(';') }.map(&:strip)
    ours = pairs.select { |pair| pair.partition('=').first.strip == Lectern::SESSION }
    cookie = ours.empty? ? nil : ours.join('; ')
    { 'Cookie' => cookie, 'X-Forwarded-For' => client, 'X-Request-Id' => request_id }.compact
  end

  # What the proxy calls the request, so that Lectern's log has the same id; a client's own word for it is not passed on.
  def request_id
    headers('X-Request-Id').first unless Integer(ENV.fetch('LECTERN_TRUSTED_PROXIES', '1')).zero?
  end

  # The entry of the outermost proxy that is stated (LECTERN_TRUSTED_PROXIES, default 1); further left are the client's
  # own words. `client_ip` is the first entry, so that without a proxy it counts only where there is no entry at all.
  def client
    proxies = Integer(ENV.fetch('LECTERN_TRUSTED_PROXIES', '1'))
    entries = headers('X-Forwarded-For').flat_map { |header| header.split(',') }.map(&:strip)
    return entries.empty? ? context['client_ip'] : nil if proxies.zero?

    entries.size >= proxies ? entries[-proxies] : nil
  end

  # Names of headers come as the client spelt them.
  def headers(name)
    context['request_headers'].select { |given, _| given.casecmp(name).zero? }.map { |_, value| value }
  end
end
