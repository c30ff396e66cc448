-- What the Neovim test does: opens a file of a network, and writes what the editor then has, a line each. The test compares.
-- Called with the program, the network's folder and the file to write to in the environment.
local program, folder, out = vim.env.NIXWRIGHT, vim.env.NETWORK, vim.env.OUT
local lines = {}

local function say(key, value)
  table.insert(lines, key .. ': ' .. value)
end

local function finish()
  local file = io.open(out, 'w')
  file:write(table.concat(lines, '\n') .. '\n')
  file:close()
  vim.cmd('qall!')
end

local function codes(buffer)
  local found = {}
  for _, it in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(found, (it.lnum + 1) .. ' ' .. tostring(it.user_data and it.user_data.lsp and it.user_data.lsp.code or it.code))
  end
  table.sort(found)
  return table.concat(found, ', ')
end

local function wait(what, condition)
  if not vim.wait(20000, condition, 20) then
    say('no ' .. what, 'after 20 seconds')
    finish()
  end
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  for _, answer in pairs(answers) do
    if answer.error then
      say(method, 'error ' .. answer.error.message)
    end
    return answer.result
  end
end

local function at(line, column)
  vim.api.nvim_win_set_cursor(0, { line, column })
  return vim.lsp.util.make_position_params(0, 'utf-16')
end

local ok, trouble = xpcall(function()
  vim.cmd('edit ' .. folder .. '/web.nix')
  local web = vim.api.nvim_get_current_buf()
  local client = vim.lsp.start_client({ name = 'nixwright', cmd = { program, 'lsp' }, root_dir = folder })
  vim.lsp.buf_attach_client(web, client)
  local network = vim.uri_to_bufnr(vim.uri_from_fname(folder .. '/network.nix'))
  wait('diagnostics', function() return codes(web) ~= '' and codes(network) ~= '' end)
  say('web.nix', codes(web))
  say('network.nix', codes(network))

  local params = at(2, 30)
  params.context = { diagnostics = {} }
  params.range = { start = params.position, ['end'] = params.position }
  for _, action in ipairs(ask('textDocument/codeAction', params) or {}) do
    say('action', action.title)
    if action.isPreferred then
      vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
    end
  end
  say('line 2', vim.api.nvim_buf_get_lines(web, 1, 2, false)[1])
  wait('repair', function() return codes(web) == '' end)
  say('web.nix', codes(web))

  local hover = ask('textDocument/hover', at(3, 29))
  say('hover', hover and vim.split(hover.contents.value or vim.inspect(hover.contents), '\n')[1] or 'nothing')

  vim.api.nvim_buf_set_lines(web, 3, 3, false, { '  deployment.targetP' })
  local labels = {}
  local found = ask('textDocument/completion', at(4, 20)) or {}
  for _, item in ipairs(found.items or found) do
    if vim.startswith(item.label, 'targetP') then
      table.insert(labels, item.label)
    end
  end
  say('completion', table.concat(labels, ', '))
  vim.api.nvim_buf_set_lines(web, 3, 4, false, {})

  local rename = at(3, 29)
  rename.newName = 'store'
  vim.lsp.util.apply_workspace_edit(ask('textDocument/rename', rename) or {}, 'utf-16')
  say('line 3', vim.api.nvim_buf_get_lines(web, 2, 3, false)[1])
  say('network.nix line 3', vim.api.nvim_buf_get_lines(network, 2, 3, false)[1])

  -- A code lens is chosen: an editor that can be led to a place is, any other one is told about it.
  local led
  vim.lsp.handlers['window/showMessage'] = function(_, result)
    led = result.message
    return vim.NIL
  end
  vim.lsp.handlers['window/showDocument'] = function(_, result)
    local name = result.uri:match('[^/]*$')
    led = 'store is needed by web (' .. name .. ':' .. (result.selection.start.line + 1) .. ')'
    return { success = true }
  end
  vim.api.nvim_set_current_buf(network)
  vim.lsp.buf_attach_client(network, client)
  vim.api.nvim_win_set_cursor(0, { 3, 3 })
  vim.lsp.codelens.refresh()
  wait('lenses', function() return #vim.lsp.codelens.get(network) > 0 end)
  vim.lsp.codelens.run()
  wait('message', function() return led end)
  say('lens', led)
end, debug.traceback)
if not ok then
  say('trouble', trouble)
end
finish()
