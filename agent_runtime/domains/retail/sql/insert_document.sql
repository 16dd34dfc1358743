insert into documents (conversation_id, kind, id, position, body, email, name_zip)
values (:conversation_id, :kind, :id, :position, :body, :email, :name_zip)
